"""CSV of a feed: Arrow parses it, and every row keeps the line on which it begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from recsys.cleaning.rows import Lines, RawBatch, Reject
from recsys.errors import ContractError, FeedFileError
from recsys.io.feed_lines import MAX_LINE_BYTES, REPLACEMENT, CleanLines, Defect, LineStream

# Arrow holds a few blocks at a time; a record longer than one is refused.
BLOCK_BYTES = 4 * MAX_LINE_BYTES


class CsvRows:
    """The rows of one CSV file. `names` are the columns of its first line.

    Lines without any value are skipped: a last empty line is no row.

    Raises:
        FeedFileError: the file is empty or its first line cannot be read.
        ContractError: two columns have one name.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._name = name
        self._lines = CleanLines(stream, name)
        chunks = self._lines.chunks()
        first = next(chunks, b"")
        self.names, n_bytes, self._next_line = _read_header(first, name, self._lines)
        begin = first[n_bytes:] or next(chunks, b"")
        # Arrow refuses a file without any row.
        self._has_rows = bool(begin)
        self._stream = LineStream(chain([begin], chunks))
        self._next_row = 1
        self._last_feeds = 0
        self._malformed: list[pa_csv.InvalidRow] = []

    def batches(self) -> Iterator[RawBatch]:
        """Batches of rows, every value a text.

        Raises:
            FeedFileError: a quoted value has no end.
        """
        if not self._has_rows:
            return
        reader = self._open()
        try:
            while (batch := _next_batch(reader)) is not None:
                yield self._number(batch)
        except pa.ArrowInvalid as error:
            raise self._unclosed(self._next_line) from error
        finally:
            self._read_to_the_end(reader)
        if self._lines.n_quotes % 2 and self._last_feeds:
            # Arrow closes a quote that is open at the end of the file, with all the rows that it has swallowed.
            raise self._unclosed(self._next_line - self._last_feeds - 1)
        if self._malformed:
            yield self._number(pa.record_batch([pa.nulls(0, pa.string())] * len(self.names), names=self.names))

    def _read_to_the_end(self, reader: pa_csv.CSVStreamingReader) -> None:
        """Arrow reads ahead in a thread that waits for itself, for ever, when its reader is dropped before the end."""
        self._stream.end()
        with suppress(pa.ArrowInvalid):
            while _next_batch(reader) is not None:
                pass
        self._stream.wait_for_its_reader()

    def _open(self) -> pa_csv.CSVStreamingReader:
        return pa_csv.open_csv(
            pa.PythonFile(self._stream, mode="r"),
            # One thread: only then does Arrow know the number of a malformed row.
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, column_names=self.names),
            parse_options=pa_csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=self._set_aside
            ),
            convert_options=pa_csv.ConvertOptions(
                check_utf8=False,
                column_types={name: pa.string() for name in self.names},
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    def _set_aside(self, row: pa_csv.InvalidRow) -> str:
        self._malformed.append(row)
        return "skip"

    def _number(self, batch: pa.RecordBatch) -> RawBatch:
        """Give each row its line: one more than the row before it, and one for each line feed within that row."""
        malformed = self._malformed_within(batch.num_rows)
        n_rows = batch.num_rows + len(malformed)
        is_malformed = np.zeros(n_rows, dtype=bool)
        is_malformed[[row.number - self._next_row for row in malformed]] = True
        n_feeds = np.zeros(n_rows, dtype=np.int64)
        n_feeds[~is_malformed] = _line_feeds(batch)
        n_feeds[is_malformed] = [row.text.count("\n") for row in malformed]
        ends = self._next_line + np.cumsum(n_feeds + 1)
        lines = ends - n_feeds - 1
        self._last_feeds = int(n_feeds[-1]) if n_rows else 0
        self._next_row += n_rows
        self._next_line = int(ends[-1]) if n_rows else self._next_line
        rejects = [
            self._malformed_reject(row, int(line)) for row, line in zip(malformed, lines[is_malformed], strict=True)
        ]
        return self._without_defects(batch, lines[~is_malformed], n_feeds[~is_malformed], rejects)

    def _malformed_within(self, n_rows: int) -> list[pa_csv.InvalidRow]:
        """The malformed rows before the last of the next `n_rows` good ones; where none are left, all."""
        taken = 0
        while taken < len(self._malformed) and (
            not n_rows or self._malformed[taken].number < self._next_row + n_rows + taken
        ):
            taken += 1
        found, self._malformed = self._malformed[:taken], self._malformed[taken:]
        return found

    def _unclosed(self, line: int) -> FeedFileError:
        return FeedFileError(
            f"{self._name}, line {line}, rule unclosed_quote: the row that begins here has no end.",
            remedy="A quote that opens a value must be closed, and quotes inside a value doubled.",
        )

    def _malformed_reject(self, row: pa_csv.InvalidRow, line: int) -> Reject:
        n_feeds = row.text.count("\n")
        defect = self._defect(line, n_feeds)
        if defect is None:
            if n_feeds and (row.text.count('"') % 2 or len(row.text) > MAX_LINE_BYTES):
                # An open quote has swallowed the rows that follow: they must not vanish into one bad row.
                raise self._unclosed(line)
            lines = f" in lines {line} to {line + n_feeds}" if n_feeds else ""
            expected = f"expected {row.expected_columns} columns, found {row.actual_columns}{lines}"
            defect = Defect("column_count", f"{expected} (a text with a comma, quote or line feed needs quotes)")
        # As far as the values can be told apart, so that the customer can be found for erasure.
        named = dict(zip(self.names, _first_row(row.text)[0], strict=False))
        return Reject(line, None, defect.rule, defect.reason, {"text": row.text, **named})

    def _without_defects(
        self, batch: pa.RecordBatch, lines: Lines, n_feeds: npt.NDArray[np.int64], rejects: list[Reject]
    ) -> RawBatch:
        is_taken = np.asarray(_has_value(batch))
        for number in sorted(self._lines.defects):
            place = int(np.searchsorted(lines, number, side="right")) - 1
            if place >= 0 and number <= lines[place] + n_feeds[place]:
                row = batch.slice(place, 1).to_pylist()[0]
                defect = self._lines.defects[number]
                if is_taken[place]:
                    rejects.append(Reject(int(lines[place]), _touched(row), defect.rule, defect.reason, row))
                is_taken[place] = False
        for number in [number for number in self._lines.defects if number < self._next_line]:
            del self._lines.defects[number]
        if not is_taken.all():
            batch, lines = batch.filter(pa.array(is_taken)), lines[is_taken]
        return RawBatch(lines, dict(zip(batch.schema.names, batch.columns, strict=True)), tuple(rejects))

    def _defect(self, line: int, n_feeds: int) -> Defect | None:
        found = (self._lines.defects.get(number) for number in range(line, line + n_feeds + 1))
        return next((defect for defect in found if defect is not None), None)


def _read_header(first: bytes, name: str, lines: CleanLines) -> tuple[list[str], int, int]:
    """Names of the columns, bytes that they take, and the line on which the rows begin."""
    if not first.strip():
        raise FeedFileError(f"{name} is empty, not even column names.", remedy="Deliver it with its first line.")
    if 1 in lines.defects:
        raise FeedFileError(
            f"{name}, line 1, rule {lines.defects[1].rule}: {lines.defects[1].reason}.",
            remedy="Save the file as UTF-8 with one row per line and deliver it again.",
        )
    names, n_lines = _first_row(first[:MAX_LINE_BYTES].decode("utf-8", "ignore"))
    ends = io.BytesIO(first)
    for _ in range(n_lines):
        ends.readline()
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise ContractError(
            f"{name}, line 1, column {repeated[0]}, rule duplicate_column: the name stands twice.",
            remedy="Give every column a name of its own.",
        )
    return names, ends.tell(), n_lines + 1


def _first_row(text: str) -> tuple[list[str], int]:
    """The values of the first row and the lines that it takes; none where a value is too long for Python's parser."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return next(reader, []), reader.line_num
    except csv.Error:
        return [], 1


def _next_batch(reader: pa_csv.CSVStreamingReader) -> pa.RecordBatch | None:
    try:
        return reader.read_next_batch()
    except StopIteration:
        return None


def _line_feeds(batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    counts = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        data = column.buffers()[2]
        if data is not None and (np.frombuffer(data, dtype=np.uint8) == ord("\n")).any():
            counts += pc.fill_null(pc.count_substring(column, "\n"), 0).to_numpy(zero_copy_only=False)
    return counts


def _has_value(batch: pa.RecordBatch) -> npt.NDArray[np.bool_]:
    found = np.zeros(batch.num_rows, dtype=bool)
    for column in batch.columns:
        found |= column.is_valid().to_numpy(zero_copy_only=False)
        if found.all():
            break
    return found


def _touched(row: dict[str, Any]) -> str | None:
    """The first column that shows the replacement character."""
    return next((name for name, value in row.items() if value is not None and REPLACEMENT in value), None)
