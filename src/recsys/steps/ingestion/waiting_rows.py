"""Rows that wait in quarantine, while a feed is taken in: tried again behind a table's own rows, or needed no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from recsys.cleaning.quarantined import WaitingKey, WaitingKeys, as_batch
from recsys.cleaning.rows import CheckedBatch, RawBatch, Reject
from recsys.feed.columns import Table
from recsys.io.loads import Load
from recsys.io.postgres import Connection
from recsys.io.quarantine import unsealed_row
from recsys.io.quarantine_waiting import (
    WaitingRow,
    note_new_reason,
    note_outcomes,
    read_waiting,
    read_waiting_keys,
)
from recsys.steps.context import StepContext


class WaitingRows:
    """What waits of one table and was delivered by `sources`.

    `notice` sees the rows that were kept; then `check` tries the others again.

    `n_read` and `n_kept` count what was tried. Outcomes are noted with the run, and count once it is in `raw`.
    """

    def __init__(
        self, context: StepContext, connection: Connection, table: Table, *, is_delta: bool, sources: Sequence[str]
    ) -> None:
        self.n_read = 0
        self.n_kept = 0
        self._connection = connection
        self._run_id = context.run.run_id
        self._table = table
        self._is_delta = is_delta
        self._sources = sources
        self._key = context.database.secrets.key("quarantine_key")
        self._keys = WaitingKeys(table, self._waiting_keys())

    def notice(self, checked: CheckedBatch) -> None:
        """Look through rows of the feed itself."""
        self._keys.notice(checked.kept)

    def check(self, check: Callable[[RawBatch], CheckedBatch]) -> Iterator[CheckedBatch]:
        """Batches of what may flow in now, without rejects: those stay where they are."""
        superseded = self._keys.superseded
        note_outcomes(self._connection, self._run_id, self._table.name, superseded, "superseded")
        batches = list(read_waiting(self._connection, self._run_id, self._table.name, is_delta=self._is_delta))
        for batch in batches:
            rows = [row for row in batch if row.content_hash not in superseded and row.source in self._sources]
            if rows:
                yield self._tried(rows, check)

    def loads(self) -> list[Load]:
        """What was tried as a load of its own; none where nothing waited."""
        if not self.n_read:
            return []
        return [
            Load(
                source="quarantine",
                table_name=self._table.name,
                kind="quarantine",
                n_read=self.n_read,
                n_kept=self.n_kept,
                n_quarantined=self.n_read - self.n_kept,
            )
        ]

    def _tried(self, rows: Sequence[WaitingRow], check: Callable[[RawBatch], CheckedBatch]) -> CheckedBatch:
        raw = as_batch(
            self._table,
            [unsealed_row(row.payload, self._key) for row in rows],
            source=rows[0].source,
            versions=[row.version for row in rows],
        )
        checked = check(raw)
        released = {row.content_hash for row, is_kept in zip(rows, checked.is_kept, strict=True) if is_kept}
        note_outcomes(self._connection, self._run_id, self._table.name, released, "released")
        for reject in checked.rejects:
            self._note_refused(rows[reject.line], reject)
        self.n_read += len(rows)
        self.n_kept += checked.kept.num_rows
        return replace(checked, rejects=())

    def _note_refused(self, row: WaitingRow, reject: Reject) -> None:
        if reject.rule == "duplicate_key" and row.rule != "duplicate_key":
            # The feed has a good row with the key of the repaired one.
            note_outcomes(self._connection, self._run_id, self._table.name, [row.content_hash], "superseded")
            return
        if row.decision == "released":
            note_outcomes(self._connection, self._run_id, self._table.name, [row.content_hash], "fixed")
        if (reject.column, reject.rule) != (row.column_name, row.rule):
            note_new_reason(self._connection, self._run_id, row, reject.column, reject.rule, reject.reason)

    def _waiting_keys(self) -> Iterator[WaitingKey]:
        rows = read_waiting_keys(self._connection, self._table.name, self._sources, is_delta=self._is_delta)
        for content, version, payload, repaired in rows:
            yield WaitingKey(bytes(content), unsealed_row(repaired or payload, self._key), version)
