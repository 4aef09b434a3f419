"""Parquet of a feed, in batches; the number of a row stands for its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.cleaning.rows import Lines, RawBatch, Reject
from recsys.errors import FeedFileError

BATCH_ROWS = 1 << 16


class ParquetRows:
    """The rows of one Parquet file.

    Raises:
        FeedFileError: it is not a whole Parquet file.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._name = name
        try:
            self._file = pq.ParquetFile(stream)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(name, 1) from error
        self.names = list(self._file.schema_arrow.names)

    def batches(self) -> Iterator[RawBatch]:
        """Batches of rows, with the types of the file.

        Raises:
            FeedFileError: a part of the file is damaged.
        """
        next_row = 1
        batches = self._file.iter_batches(batch_size=BATCH_ROWS, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise _damaged(self._name, next_row) from error
            if batch is None:
                return
            lines = np.arange(next_row, next_row + batch.num_rows, dtype=np.int64)
            next_row += batch.num_rows
            yield _without_broken_texts(batch, lines)


def _without_broken_texts(batch: pa.RecordBatch, lines: Lines) -> RawBatch:
    """Parquet promises UTF-8 and does not check it; PostgreSQL takes no NUL."""
    broken: dict[int, str] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type) and not _is_text(_data(column)):
            values = column.cast(pa.binary()).to_pylist()
            for place in (place for place, value in enumerate(values) if not _is_text(value or b"")):
                broken.setdefault(place, name)
    is_whole = np.ones(len(lines), dtype=bool)
    is_whole[list(broken)] = False
    rejects = tuple(
        Reject(int(lines[place]), name, "encoding", "expected UTF-8 without NUL", _readable(batch, place))
        for place, name in sorted(broken.items())
    )
    if broken:
        batch, lines = batch.filter(pa.array(is_whole)), lines[is_whole]
    return RawBatch(lines, dict(zip(batch.schema.names, batch.columns, strict=True)), rejects)


def _data(column: pa.Array) -> bytes:
    data = column.buffers()[2]
    return b"" if data is None else bytes(data.to_pybytes())


def _is_text(content: bytes) -> bool:
    try:
        return (content.isascii() and b"\0" not in content) or "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _readable(batch: pa.RecordBatch, place: int) -> dict[str, Any]:
    row = batch.slice(place, 1)
    texts = [column.cast(pa.binary()) if pa.types.is_string(column.type) else column for column in row.columns]
    values = {name: column[0].as_py() for name, column in zip(row.schema.names, texts, strict=True)}
    return {
        name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value for name, value in values.items()
    }


def _damaged(name: str, row: int) -> FeedFileError:
    return FeedFileError(
        f"{name}, row {row}, rule parquet: from here on this is not a whole Parquet file.",
        remedy="The file is empty, truncated or damaged; deliver it again.",
    )
