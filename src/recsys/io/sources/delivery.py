"""What a source hands over when it is asked for one table: the same shape from files, databases and REST APIs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from recsys.cleaning.rows import RawBatch


@dataclass(frozen=True, slots=True)
class Since:
    """What is known of one source's table: the last cursor seen, and the files (path: etag) that were taken."""

    watermark: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)


class Delivery(Protocol):
    """One table of one source since a point in time. The attributes are right once `batches` is at its end.

    `watermark` is the largest cursor seen so far, None without a cursor. `fingerprint` is the SHA-256 of what was
    delivered, 64 hex digits. `files` are the files that this delivery has taken, path: etag (empty but for `files`).
    `is_complete` says that every row of the source is in it: with `deletes_absent`, rows not in it were deleted.
    """

    watermark: str | None
    fingerprint: str
    files: Mapping[str, str]
    is_complete: bool

    def batches(self) -> Iterator[RawBatch]:
        """The rows, columns named as the contract has them, with `source`, `file`, `versions` and `is_deleted`."""
        ...
