"""A table of which several sources know parts: what each says is kept sealed, and what has changed is put together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from recsys.cleaning.merging import merge_sources
from recsys.cleaning.rows import RawBatch
from recsys.errors import ContractError
from recsys.feed.columns import Table
from recsys.feed.sources import Source, SourceTable
from recsys.io.feed_checks import TableReport
from recsys.io.loads import Load
from recsys.io.raw_merging import Merged
from recsys.io.source_rows import begin_delivery, count_changed, mark_absent, read_changed, write_source_rows
from recsys.steps.ingestion.source_taking import SourceTaking


def take_together(taking: SourceTaking, table: Table, delivering: Iterable[tuple[Source, SourceTable]]) -> pa.Table:
    """Keep what each source says, and land what has changed in all. Returns the keys of rows that are gone."""
    for source, source_table in delivering:
        _keep(taking, table, source, source_table)
    order = [source.name for source, _ in taking.sources.delivering(table.name)]
    validator = taking.validator(table, table.name, taking.known, taking.canonical.get(table.name))
    report, waiting = taking.report(table, " + ".join(order)), taking.waiting(table, "")
    together = _put_together(taking, table, order)
    taking.land(table, validator, taking.checked(table, together, validator, report, waiting))
    taking.check_share(report)
    return validator.deleted


def _keep(taking: SourceTaking, table: Table, source: Source, source_table: SourceTable) -> None:
    """What one source delivers, checked as far as it goes, beside what the others have said.

    Spellings stay as they are until the sources are put together, so that a decision can be taken back.
    """
    connection, began = taking.connections.main, time.monotonic()
    key, run_id = taking.context.database.secrets.key("contact_key"), taking.context.run.run_id
    own = f"{table.name}."
    known = {target: hashes for target, hashes in taking.known.items() if not target.startswith(own)}
    validator = taking.validator(_partial(table), f"{source.name}.{table.name}", known, are_versions=True)
    delivery, report = taking.open(source, source_table), taking.report(table, f"{source.name}: {source_table.origin}")
    load, waiting = Load(source.name, table.name, source.kind), taking.waiting(table, source.name)
    begin_delivery(connection)
    for checked in taking.checked(table, delivery.batches(), validator, report, waiting, are_parts=True):
        rows = pa.Table.from_batches([checked.kept])
        _check_history(taking, table, rows, report)
        load.merged += write_source_rows(connection, table, source.name, rows, run_id, key, is_deleted=False)
    load.merged += write_source_rows(connection, table, source.name, validator.deleted, run_id, key, is_deleted=True)
    taking.check_share(report, is_whole=False)
    if taking.deletes_absent(table, source_table, delivery, report):
        load.merged += Merged(n_deleted=mark_absent(connection, table, source.name, run_id))
    taking.finish(load, delivery, report, validator, began)


def _put_together(taking: SourceTaking, table: Table, order: list[str]) -> Iterator[RawBatch]:
    names = [column.name for column in (*table.columns, *taking.manifest.extras(table.name))]
    column_orders = {name: taking.sources.winners.get(f"{table.name}.{name}", ()) for name in names}
    key = taking.context.database.secrets.key("contact_key")
    done, total = 0, count_changed(taking.connections.main, table)
    for rows in read_changed(taking.connections.main, table, names, order, key):
        merged = merge_sources(rows, order, column_orders)
        lines = np.arange(done + 1, done + 1 + len(merged.exists))
        done += len(merged.exists)
        yield RawBatch(lines, merged.columns, is_deleted=~merged.exists)
        taking.context.progress(done, total, f"{table.name} put together")


def _check_history(taking: SourceTaking, table: Table, rows: pa.Table, report: TableReport) -> None:
    """Rows of one customer at several times must not be taken for corrections of each other."""
    for name in set(table.key) - set(table.entity_key):
        if len(taking.sources.delivering(table.name)) == 1 and rows[name].null_count < rows.num_rows:
            raise ContractError(
                f"{report.file.name}: column {name}: it holds a history, and is taken only because of its name.",
                remedy=f'Say columns = {{ {name} = "{name}" }} in sources.toml, or add it to ignored.',
            )


def _partial(table: Table) -> Table:
    """`table` as a source has it that knows only some columns: nothing but the key is required."""
    columns = tuple(replace(column, required=column.required and column.name in table.key) for column in table.columns)
    return replace(table, columns=columns)
