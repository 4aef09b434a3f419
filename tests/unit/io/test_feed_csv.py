from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.io import feed_csv, feed_lines
from recsys.io.feed_csv import CsvRows

VALUES = st.lists(st.sampled_from(["a", "1", ",", '"', "\n", "\r\n", " ", "é", "漢"]), max_size=6).map("".join)
ROWS = st.lists(st.lists(VALUES, min_size=1, max_size=4), max_size=25)


def read(content: bytes) -> tuple[list[tuple[int, list[str | None]]], list[tuple[int, str]]]:
    taken: list[tuple[int, list[str | None]]] = []
    rejects: list[tuple[int, str]] = []
    for batch in CsvRows(io.BytesIO(content), "x.csv").batches():
        values = [column.to_pylist() for column in batch.columns.values()]
        taken += zip(batch.lines.tolist(), (list(row) for row in zip(*values, strict=True)), strict=True)
        rejects += [(reject.line, reject.rule) for reject in batch.rejects]
    return taken, rejects


def read_with_the_standard_library(text: str, width: int) -> tuple[list[tuple[int, list[str | None]]], list[int]]:
    """The same rows, slowly: an independent opinion on lines and widths."""
    reader = csv.reader(io.StringIO(text, newline=""))
    next(reader)
    taken, rejects, line = [], [], reader.line_num + 1
    for row in reader:
        if len(row) == width:
            values = [value or None for value in row]
            taken += [(line, values)] if any(values) else []
        elif row:
            rejects.append(line)
        line = reader.line_num + 1
    return taken, rejects


@settings(deadline=None)
@given(
    rows=ROWS,
    ending=st.sampled_from(["\n", "\r\n"]),
    chunk_bytes=st.sampled_from([16, 64, 1 << 20]),
    block_bytes=st.sampled_from([256, 1 << 20]),
)
def test_rows_lines_and_widths_are_those_of_the_standard_library(
    rows: list[list[str]], ending: str, chunk_bytes: int, block_bytes: int
) -> None:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator=ending)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    text = sink.getvalue()
    # The header must fit the first chunk; the rest may be cut anywhere.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_lines, "CHUNK_BYTES", chunk_bytes)
        patch.setattr(feed_csv, "BLOCK_BYTES", block_bytes)
        taken, rejects = read(text.encode())
    expected, malformed = read_with_the_standard_library(text, 3)
    assert taken == expected
    assert [line for line, _ in rejects] == malformed


@pytest.mark.parametrize("block_bytes", range(256, 272))
def test_quoted_line_end_survives_the_end_of_a_block(block_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_csv, "BLOCK_BYTES", block_bytes)
    taken, _ = read(b"a,b\n" + b'"x\r\ny",1\r\n' * 60)
    assert [values for _, values in taken] == [["x\r\ny", "1"]] * 60


def test_defect_is_found_on_its_line_whatever_comes_before() -> None:
    content = b'a,b\n"x\ny",1\n2,\xff\n\n"p\n\xfe",3\n4,5\n\xff\n6,7\x00\n8,9\rz\n'
    taken, rejects = read(content)
    assert taken == [(2, ["x\ny", "1"]), (8, ["4", "5"])]
    assert rejects == [(9, "encoding"), (4, "encoding"), (6, "encoding"), (10, "encoding"), (11, "encoding")]


@pytest.mark.parametrize("n_rows", [0, 1, 1000])
def test_long_lines_are_cut_out_alone(n_rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_lines, "CHUNK_BYTES", 100)
    monkeypatch.setattr(feed_lines, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(feed_csv, "BLOCK_BYTES", 4096)
    good = b"".join(b"%d,x\n" % n for n in range(n_rows))
    content = b"a,b\n" + good + b"long," + b"y" * 5000 + b"\n" + good + b"z," + b"z" * 5000
    taken, rejects = read(content)
    assert [line for line, _ in taken] == [*range(2, 2 + n_rows), *range(3 + n_rows, 3 + 2 * n_rows)]
    assert rejects == [(2 + n_rows, "max_length"), (3 + 2 * n_rows, "max_length")]
