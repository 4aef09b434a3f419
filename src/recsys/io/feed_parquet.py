"""Parquet of a feed, in batches; the number of a row stands for its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.cleaning.rows import RawBatch
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
            yield RawBatch(lines, dict(zip(batch.schema.names, batch.columns, strict=True)))


def _damaged(name: str, row: int) -> FeedFileError:
    return FeedFileError(
        f"{name}, row {row}, rule parquet: from here on this is not a whole Parquet file.",
        remedy="The file is empty, truncated or damaged; deliver it again.",
    )
