"""Which values of a column may need standardising at all, told from the bytes of the whole column at once."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask

Offsets: TypeAlias = npt.NDArray[np.signedinteger[Any]]
_SPACE, _AMPERSAND = np.uint8(0x20), np.uint8(0x26)
# One past the printable ASCII characters, counted from the space.
_PRINTABLE = np.uint8(0x5F)
# A misread UTF-8 sequence always holds a character that is neither ASCII nor a letter of Latin-1, and so do combining
# accents and invisible characters. What is left are names such as "Zoë Müller".
_UNUSUAL = r"[^\x20-\x7EÀ-ÖØ-öø-ÿ]|^ | $|  |&#?[0-9A-Za-z]{2,31};"


def untidy(values: pa.Array) -> Mask:
    """Rows (n,) with anything but printable ASCII and Latin-1 letters, with an HTML entity, or with too many spaces."""
    starts, ends, data, first = _bytes_of(values)
    # Whatever is below the space wraps around to a large number.
    odd = (data - _SPACE >= _PRINTABLE) | (data == _AMPERSAND)
    is_space = data == _SPACE
    odd[1:] |= is_space[1:] & is_space[:-1]
    rows = _rows_of(odd, starts, first)
    if len(data):
        edges = np.take(is_space, starts - first, mode="clip") | np.take(is_space, ends - 1 - first, mode="clip")
        # An empty text has no byte of its own.
        rows |= edges & (ends > starts)
    return _matching(values, rows, _UNUSUAL)


def unlike(values: pa.Array, allowed: npt.NDArray[np.bool_]) -> Mask:
    """Rows (n,) that hold a byte which `allowed` (256,) does not name."""
    starts, _, data, first = _bytes_of(values)
    return _rows_of(~allowed[data], starts, first) & _is_present(values)


def not_matching(values: pa.Array, pattern: str) -> Mask:
    """Rows (n,) with a value that `pattern` does not match."""
    matches = pc.match_substring_regex(values, pattern)
    return np.asarray(pc.fill_null(pc.invert(matches), False).to_numpy(zero_copy_only=False), dtype=bool)


def matching(values: pa.Array, pattern: str) -> Mask:
    """Rows (n,) with a value that `pattern` matches."""
    matches = pc.fill_null(pc.match_substring_regex(values, pattern), False)
    return np.asarray(matches.to_numpy(zero_copy_only=False), dtype=bool)


def byte_set(characters: str) -> npt.NDArray[np.bool_]:
    """`characters` (ASCII) as a table of bytes (256,) for `unlike`."""
    allowed = np.zeros(256, dtype=bool)
    allowed[np.frombuffer(characters.encode("ascii"), dtype=np.uint8)] = True
    return allowed


def _matching(values: pa.Array, rows: Mask, pattern: str) -> Mask:
    places = np.flatnonzero(rows)
    if len(places):
        rows[places] = matching(values.take(pa.array(places)), pattern)
    return rows


def _bytes_of(values: pa.Array) -> tuple[Offsets, Offsets, npt.NDArray[np.uint8], int]:
    """Where each value (n,) starts and ends, the bytes of all, and the place of the first of these bytes."""
    _, offset_buffer, data_buffer = values.buffers()
    if not len(values) or data_buffer is None:
        nothing = np.zeros(len(values), dtype=np.int64)
        return nothing, nothing, np.zeros(0, dtype=np.uint8), 0
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(data_buffer, dtype=np.uint8)[offsets[0] : offsets[-1]]
    return offsets[:-1], offsets[1:], data, int(offsets[0])


def _rows_of(odd: Mask, starts: Offsets, first: int) -> Mask:
    rows = np.zeros(len(starts), dtype=bool)
    places = np.flatnonzero(odd)
    if len(places):
        rows[np.searchsorted(starts, places + first, side="right") - 1] = True
    return rows


def _is_present(values: pa.Array) -> Mask:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
