"""The views of `reporting` with what the database itself says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.io.postgres import Connection


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column, its type in PostgreSQL's words, and its comment."""

    name: str
    kind: str
    comment: str


@dataclass(frozen=True, slots=True)
class ReportingView:
    """A view, its comment, and its columns in their order."""

    name: str
    comment: str
    columns: Sequence[ViewColumn]


def read_reporting_views(connection: Connection) -> list[ReportingView]:
    """Every view of `reporting`, by name."""
    rows = connection.execute(
        """
        select
            views.relname,
            obj_description(views.oid, 'pg_class'),
            columns.attname,
            format_type(columns.atttypid, columns.atttypmod),
            col_description(views.oid, columns.attnum)
        from pg_class as views
        inner join pg_namespace as schemas on schemas.oid = views.relnamespace
        inner join pg_attribute as columns on columns.attrelid = views.oid and columns.attnum > 0
        where schemas.nspname = 'reporting' and views.relkind = 'v'
        order by views.relname, columns.attnum
        """
    ).fetchall()
    columns: dict[tuple[str, str], list[ViewColumn]] = {}
    for view, comment, *column in rows:
        columns.setdefault((view, comment), []).append(ViewColumn(*column))
    return [ReportingView(view, comment, those) for (view, comment), those in columns.items()]
