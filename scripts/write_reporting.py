"""Write the views of `reporting` into docs/reporting.md, from the comments in the database: `make reporting-docs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.markers import replace_part

from recsys.io.postgres import open_database
from recsys.io.reporting_views import ReportingView, read_reporting_views
from recsys.settings import Settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "reporting.md"
PART = "views"


def views_part(views: Sequence[ReportingView]) -> str:
    """Every view with a table of its columns, as Markdown."""
    return "\n".join(line for view in views for line in _lines(view)).strip()


def _lines(view: ReportingView) -> Iterator[str]:
    yield from (f"### `reporting.{view.name}`", "", view.comment, "", "| column | type | what it is |", "|---|---|---|")
    for column in view.columns:
        yield f"| `{column.name}` | {column.kind} | {column.comment} |"
    yield ""


if __name__ == "__main__":
    with open_database(Settings()).connect("reporting") as connection:
        replace_part(DOCUMENT, PART, views_part(read_reporting_views(connection)))
