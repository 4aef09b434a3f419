"""What deliveries of all kinds have in common: they count, hash and remember the largest cursor while rows pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import RawBatch
from recsys.cleaning.versions import TIME


@dataclass(slots=True)
class StreamedDelivery:
    """A `Delivery` whose rows come from `read`; its attributes are right once `batches` is at its end.

    A time beyond tomorrow (UTC) never becomes the watermark: one typing error, or a 9999-12-31, would end the source.
    """

    read: Callable[[], Iterator[RawBatch]]
    has_cursor: bool
    is_complete: bool
    watermark: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    def batches(self) -> Iterator[RawBatch]:
        """The rows, columns named as the contract has them, with `source`, `file`, `versions` and `is_deleted`."""
        digest = hashlib.sha256()
        beyond = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
        for batch in self.read():
            self._note_cursor(batch, beyond)
            _add(digest, batch)
            yield batch
        self.fingerprint = digest.hexdigest()

    def _note_cursor(self, batch: RawBatch, beyond: str) -> None:
        if self.has_cursor and batch.versions is not None and len(batch.versions):
            is_time = pc.match_substring_regex(batch.versions, TIME.pattern)
            is_ahead = pc.and_(is_time, pc.greater_equal(batch.versions, beyond))
            largest = pc.max(batch.versions.filter(pc.invert(is_ahead))).as_py()
            if largest and (self.watermark is None or largest > self.watermark):
                self.watermark = largest


def _add(digest: hashlib._Hash, batch: RawBatch) -> None:
    """Contents, in order: the same rows make the same fingerprint wherever and whenever they are read."""
    digest.update(f"{batch.file}\0{len(batch.lines)}\0{len(batch.rejects)}\n".encode())
    if len(batch.lines):
        columns = {**batch.columns, "": batch.versions}
        digest.update(pa.RecordBatch.from_pydict(columns).serialize())
    for reject in batch.rejects:
        digest.update(f"{reject.line}\0{reject.rule}\0{sorted(reject.row.items())!r}\n".encode())
