"""Great Expectations on PostgreSQL tables, with Data Docs: the only home of great_expectations.

Values of rows are neither kept nor shown: results hold counts and shares, and no expectation asks for a minimum,
maximum or list of what was found.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from recsys.errors import CheckError
from recsys.io.data_docs import make_self_contained
from recsys.io.postgres import Database
from recsys.io.silence import stay_silent
from recsys.settings import PROJECT, Settings
from recsys.types import JSON

EXPECTATIONS = PROJECT / "expectations"
_SITE = "docs"
_SHOWN_FAILURES = 5
# Counts only: GX would otherwise keep the first unexpected values.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was checked in one zone, and where its Data Docs begin."""

    rows: Mapping[str, int]
    n_expectations: int
    seconds: float
    docs: Path

    @property
    def details(self) -> dict[str, JSON]:
        """The report as a step's details."""
        return {"rows": dict(self.rows), "n_expectations": self.n_expectations, "data_docs": str(self.docs)}


def suite_names(zone: str) -> tuple[str, ...]:
    """Names of the tables that have a suite in `expectations/<zone>/`."""
    return tuple(sorted(path.stem for path in (EXPECTATIONS / zone).glob("*.json")))


def read_suite(zone: str, table: str) -> dict[str, Any]:
    """The suite of one table, as it stands in `expectations/<zone>/<table>.json`."""
    path = EXPECTATIONS / zone / f"{table}.json"
    if not path.exists():
        raise CheckError(f"There are no expectations for {zone}.{table}.", remedy=f"Write {path}.")
    return dict(json.loads(path.read_text()))


def run_checks(
    settings: Settings,
    database: Database,
    role: str,
    *,
    zone: str,
    run_id: str,
    tables: Mapping[str, str],
    parameters: Mapping[str, object] | None = None,
) -> CheckReport:
    """Check each of `tables` (name of the suite -> `schema.table`) as `role`, and write Data Docs.

    `parameters` fill the places that a suite marks with `{"$PARAMETER": name}`. Raises `CheckError` that names every
    table, column and expectation that failed with how many rows broke it, and the Data Docs.
    """
    began = perf_counter()
    docs = settings.home / "data_docs" / run_id / zone
    shutil.rmtree(docs, ignore_errors=True)
    url = database.url(role, driver="postgresql+psycopg2")
    results = _run_checkpoint(url, zone, run_id, docs, tables, parameters or {})
    make_self_contained(docs)
    items = [
        (validation.suite_name.removeprefix(f"{zone}."), item)
        for validation in results.run_results.values()
        for item in validation.results
    ]
    failures = [_describe(tables[name], item) for name, item in items if not item.success]
    if failures or not results.success:
        raise _check_error(zone, failures, docs / "index.html")
    rows = {name: int(item.result["observed_value"]) for name, item in items if _counts_rows(item)}
    return CheckReport(rows, len(items), perf_counter() - began, docs / "index.html")


def _check_error(zone: str, failures: list[str], index: Path) -> CheckError:
    more = f"; and {len(failures) - _SHOWN_FAILURES} more" if len(failures) > _SHOWN_FAILURES else ""
    return CheckError(
        f"{len(failures)} expectations on {zone} failed: {'; '.join(failures[:_SHOWN_FAILURES])}{more}",
        remedy=f"The Data Docs show all of them: {index}",
    )


def _run_checkpoint(
    url: str, zone: str, run_id: str, docs: Path, tables: Mapping[str, str], parameters: Mapping[str, object]
) -> Any:
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    context.delete_data_docs_site("local_site")
    context.add_data_docs_site(_SITE, _site(docs))
    source = context.data_sources.add_postgres(zone, connection_string=url, create_temp_table=False)
    definitions = [_define(gx, context, source, zone, name, table) for name, table in tables.items()]
    checkpoint = gx.Checkpoint(
        name=zone,
        validation_definitions=definitions,
        actions=[gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=[_SITE])],
        result_format=_COUNTS_ONLY,
    )
    run = gx.RunIdentifier(run_name=run_id)
    try:
        return context.checkpoints.add(checkpoint).run(expectation_parameters=dict(parameters), run_id=run)
    finally:
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _define(gx: Any, context: Any, source: Any, zone: str, name: str, table: str) -> Any:
    """One suite against one table, known to `context`."""
    suite = read_suite(zone, name)
    schema_name, table_name = table.split(".")
    asset = source.add_table_asset(name, schema_name=schema_name, table_name=table_name)
    batch = asset.add_batch_definition_whole_table("all")
    kept = context.suites.add(gx.ExpectationSuite(name=suite["name"], expectations=suite["expectations"]))
    return context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=kept))


def _great_expectations() -> Any:
    stay_silent()
    # No line of log per registered function.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations as gx
    import great_expectations.checkpoint

    # This module sets a level of its own, for a line on every temporary folder.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return gx


def _site(docs: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }


def _counts_rows(item: Any) -> bool:
    return bool(item.expectation_config.type == "expect_table_row_count_to_be_between")


def _describe(table: str, item: Any) -> str:
    """One failure in words: table, column, expectation, and how much of the table broke it."""
    kwargs = item.expectation_config.kwargs
    column = kwargs.get("column") or ", ".join(kwargs.get("column_list", ()))
    where = f"{table}.{column}" if column else table
    what = f"{where} {item.expectation_config.type}"
    if item.exception_info and item.exception_info.get("raised_exception"):
        return f"{what} could not be evaluated"
    if _counts_rows(item):
        return f"{what}: the table has {item.result['observed_value']:,} rows"
    if "unexpected_count" not in item.result:
        notes = item.expectation_config.notes or (item.expectation_config.meta or {}).get("notes")
        return f"{what}: {notes}" if notes else what
    count, total = item.result["unexpected_count"], item.result["element_count"]
    return f"{what}: {count:,} of {total:,} rows ({count / max(total, 1):.2%})"
