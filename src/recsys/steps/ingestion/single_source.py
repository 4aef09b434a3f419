"""A table that one source delivers: its rows go straight to the landing file, each with its version."""

from __future__ import annotations

import time

import pyarrow as pa

from recsys.feed.columns import Table
from recsys.feed.sources import Source, SourceTable
from recsys.io.landing import mark_complete
from recsys.io.loads import Load
from recsys.steps.ingestion.source_taking import SourceTaking


def take_single(taking: SourceTaking, table: Table, source: Source, source_table: SourceTable) -> tuple[pa.Table, bool]:
    """Land what the source has. Returns the keys of deleted rows, and whether what landed is all that there is."""
    label, began = f"{source.name}.{table.name}", time.monotonic()
    validator = taking.validator(table, label, taking.known, taking.canonical.get(table.name), are_versions=True)
    delivery, report = taking.open(source, source_table), taking.report(table, f"{source.name}: {source_table.origin}")
    waiting = taking.waiting(table, source.name, "")
    taking.land(table, validator, taking.checked(table, delivery.batches(), validator, report, waiting))
    taking.check_share(report)
    taking.finish(Load(source.name, table.name, source.kind), delivery, report, validator, began)
    is_complete = taking.deletes_absent(table, source_table, delivery, report)
    if is_complete:
        mark_complete(taking.context.settings.home, taking.context.run.run_id, table.name)
    return validator.deleted, is_complete
