"""A text file of a feed as whole, readable lines: what no parser could take is cut out and remembered by line."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from recsys.errors import FeedFileError

CHUNK_BYTES = 1 << 20
_READER_SECONDS = 1.0
MAX_LINE_BYTES = 1 << 20
# Stands where bytes were that are not text; valid UTF-8 itself, so parsers pass it on.
REPLACEMENT = "\ufffd"
_BOMS_OF_OTHERS: Mapping[bytes, str] = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Defect:
    """Why a line cannot be taken."""

    rule: str
    reason: str


_TOO_LONG = Defect("max_length", f"expected a line of at most {MAX_LINE_BYTES:,} bytes")
_NOT_TEXT = Defect("encoding", "expected UTF-8 without NUL and without a carriage return of its own")


class CleanLines:
    """Chunks of whole lines, each valid UTF-8 of bounded length; `defects` says which line numbers were touched."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.defects: dict[int, Defect] = {}
        self.ends_with_newline = True
        self.n_lines = 0
        self._stream = stream
        self._name = name
        self.n_quotes = 0

    def chunks(self) -> Iterator[bytes]:
        """The file from its first line to its last, in order.

        Raises:
            FeedFileError: the file cannot be read or decompressed, or says that it is UTF-16.
        """
        rest = self._without_bom(self._read())
        while data := self._read():
            whole, newline, rest = (rest + data).rpartition(b"\n")
            if newline:
                yield self._clean(whole + newline)
            if len(rest) > MAX_LINE_BYTES:
                rest = self._skip_line(rest)
        # What is left may still hold lines when the file is smaller than a chunk.
        whole, newline, rest = rest.rpartition(b"\n")
        if newline:
            yield self._clean(whole + newline)
        if rest:
            self.ends_with_newline = False
            yield self._clean(rest)

    def _read(self) -> bytes:
        try:
            return self._stream.read(CHUNK_BYTES)
        except (OSError, EOFError) as error:
            raise FeedFileError(
                f"{self._name} cannot be read beyond line {self.n_lines}: {type(error).__name__}.",
                remedy="The file is truncated or damaged; deliver it again.",
            ) from error

    def _without_bom(self, data: bytes) -> bytes:
        for bom, encoding in _BOMS_OF_OTHERS.items():
            if data.startswith(bom):
                raise FeedFileError(
                    f"{self._name}, line 1, rule encoding: the file is {encoding}, expected UTF-8.",
                    remedy="Save it as UTF-8 and deliver it again.",
                )
        return data.removeprefix(_UTF8_BOM)

    def _clean(self, chunk: bytes) -> bytes:
        if not _is_clean(chunk):
            lines = enumerate(_lines(chunk), self.n_lines + 1)
            chunk = b"".join(self._clean_line(number, line) for number, line in lines)
        self.n_lines += chunk.count(b"\n")
        self.n_quotes += chunk.count(b'"')
        return chunk

    def _clean_line(self, number: int, line: bytes) -> bytes:
        if _is_clean(line):
            return line
        self.defects[number] = _NOT_TEXT
        ending = b"\r\n" if line.endswith(b"\r\n") else b"\n" if line.endswith(b"\n") else b""
        text = line.removesuffix(ending).decode("utf-8", "replace")
        return text.replace("\0", REPLACEMENT).replace("\r", REPLACEMENT).encode() + ending

    def _skip_line(self, begun: bytes) -> bytes:
        """Read on to the end of a line that is too long, and leave a mark in its place."""
        n_quotes = begun.count(b'"')
        rest = b""
        while data := self._read():
            line, newline, rest = data.partition(b"\n")
            n_quotes += line.count(b'"')
            if newline:
                break
        self.defects[self.n_lines + 1] = _TOO_LONG
        # The mark keeps the quoting of the lines around it: it opens or closes what the line opened or closed.
        quote = b'"' if n_quotes % 2 else b""
        is_inside = self.n_quotes % 2 == 1
        mark = REPLACEMENT.encode()
        return (mark + quote if is_inside else quote + mark) + b"\n" + rest


class LineStream(io.RawIOBase):
    """Chunks of lines as the file object that Arrow reads from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._is_read = threading.Event()

    def readable(self) -> bool:
        return True

    def end(self) -> None:
        """Let the next read find the end of the file, wherever the reader has come."""
        self._chunks = iter(())
        self._rest = memoryview(b"")

    def wait_for_its_reader(self) -> None:
        """Wait until the end was read. A reader that failed may never read again, so not for ever."""
        self._is_read.wait(_READER_SECONDS)

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or one less; fewer only at the end: Arrow takes a short read for a whole block."""
        parts: list[memoryview] = []
        missing = size
        while missing:
            self._rest = self._rest or memoryview(next(self._chunks, b""))
            if not self._rest:
                break
            taken = self._rest[:missing] if missing > 0 else self._rest
            self._rest = self._rest[len(taken) :]
            missing -= len(taken) if missing > 0 else 0
            parts.append(taken)
        if not parts:
            self._is_read.set()
        return self._whole_line_ends(b"".join(parts))

    def _whole_line_ends(self, block: bytes) -> bytes:
        """`block` without a carriage return at its end, which the next block then begins with.

        Arrow takes one there for a whole line end and drops the line feed that follows, even within quotes.
        """
        if len(block) < 2 or not block.endswith(b"\r"):
            return block
        self._rest = memoryview(b"\r" + self._rest)
        return block[:-1]


def _is_clean(data: bytes) -> bool:
    return _is_utf8(data) and b"\0" not in data and data.count(b"\r") == data.count(b"\r\n")


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _lines(chunk: bytes) -> list[bytes]:
    """Lines with their ends; unlike `splitlines` only a line feed ends one."""
    return io.BytesIO(chunk).readlines()
