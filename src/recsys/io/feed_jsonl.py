"""JSON Lines of a feed: every line one object, numbers taken as they are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from recsys.cleaning.rows import RawBatch, Reject
from recsys.errors import ContractError, FeedFileError
from recsys.io.feed_lines import CleanLines

_TOLERANT = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


class JsonLinesRows:
    """The rows of one JSON Lines file. `names` are the columns that it may hold: an object leaves out what it lacks.

    `is_skipped` says of any other whether it is left aside; without it, any other is refused. `seen` are all columns
    that were met.

    Raises:
        FeedFileError: the file is empty.
    """

    def __init__(
        self, stream: BinaryIO, name: str, names: list[str], is_skipped: Callable[[str], bool] | None = None
    ) -> None:
        self.names = names
        self.seen: set[str] = set()
        self._is_skipped = is_skipped
        self._name = name
        self._lines = CleanLines(stream, name)
        self._chunks = self._lines.chunks()
        self._first = next(self._chunks, b"")
        if not self._first.strip():
            raise FeedFileError(f"{name} is empty.", remedy="Deliver it with one JSON object per line.")

    def batches(self) -> Iterator[RawBatch]:
        """Batches of rows, every value a text.

        Raises:
            ContractError: an object has a key that nobody declared.
            FeedFileError: the last line is cut off.
        """
        line = 1
        yield self._batch(self._first, line)
        for chunk in self._chunks:
            line = self._lines.n_lines - chunk.count(b"\n") + 1
            yield self._batch(chunk, line)

    def _batch(self, chunk: bytes, first_line: int) -> RawBatch:
        rows: list[dict[str, Any]] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        for line, text in enumerate(chunk.decode().removesuffix("\n").split("\n"), first_line):
            read = self._read(text, line)
            if isinstance(read, Reject):
                rejects.append(read)
            elif read is not None:
                rows.append(read)
                lines.append(line)
        columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in self.names}
        return RawBatch(np.array(lines, dtype=np.int64), columns, tuple(rejects))

    def _read(self, text: str, line: int) -> dict[str, str | None] | Reject | None:
        if (defect := self._lines.defects.pop(line, None)) is not None:
            return Reject(line, None, defect.rule, defect.reason, {"text": text})
        if not text.strip():
            return None
        try:
            values = _TOLERANT.decode(text)
        except (json.JSONDecodeError, RecursionError):
            self._refuse_if_cut_off(line)
            return Reject(line, None, "json", "expected one JSON object on one line", {"text": text})
        if not isinstance(values, dict):
            return Reject(line, None, "json", "expected a JSON object", {"text": text})
        self.seen.update(values)
        if self._is_skipped is not None:
            values = {key: value for key, value in values.items() if not self._is_skipped(key)}
        self._refuse_undeclared(values, line)
        return self._as_texts(values, line)

    def _as_texts(self, values: dict[str, Any], line: int) -> dict[str, str | None] | Reject:
        texts: dict[str, str | None] = {}
        for name, value in values.items():
            try:
                texts[name] = as_text(value)
            except ValueError as error:
                return Reject(line, name, "type", str(error), values)
        return texts

    def _refuse_undeclared(self, values: dict[str, Any], line: int) -> None:
        for name in values:
            if name not in self.names:
                raise ContractError(
                    f"{self._name}, line {line}, column {name}, rule undeclared_column: the feed contract has no such "
                    "column.",
                    remedy="Leave it out, or declare it under [columns] in feed.toml with type, class and purpose.",
                )

    def _refuse_if_cut_off(self, line: int) -> None:
        if not self._lines.ends_with_newline and line == self._lines.n_lines + 1:
            raise FeedFileError(
                f"{self._name}, line {line}, rule json: the last line ends in the middle of an object.",
                remedy="The file is truncated; deliver it again.",
            )


def as_text(value: Any) -> str | None:
    """A value of JSON as a feed writes it. Raises `ValueError` for one that no column holds."""
    if value is None or isinstance(value, str):
        if value is not None and ("\0" in value or not _is_storable(value)):
            raise ValueError("expected a text without NUL and without half of a surrogate pair")
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(
        isinstance(item, str) and "|" not in item and _is_storable(item) for item in value
    ):
        return "|".join(value)
    raise ValueError('expected a text, a number, true, false, null or a list of texts without "|"')


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
