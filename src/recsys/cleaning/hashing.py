"""128-bit fingerprints of whole columns at once, and sets of them that stay small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask

Hashes: TypeAlias = npt.NDArray[np.uint64]

# Two lanes with unrelated constants: odd fractions of the golden ratio, e and pi, and the finalisers of splitmix64
# (Steele, Lea, Flood 2014) and MurmurHash3.
_SEEDS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xB7E151628AED2A6B))
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0x243F6A8885A308D3))
_FINALISERS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9), np.uint64(27), np.uint64(0x94D049BB133111EB), np.uint64(31)),
    (np.uint64(33), np.uint64(0xFF51AFD7ED558CCD), np.uint64(33), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)),
)
_NULL = np.uint64(0x6E756C6C)
_LAST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(9)], dtype=np.uint64)


def hash_rows(columns: Sequence[pa.Array]) -> Hashes:
    """A 128-bit hash of each row of `columns`, shape (n, 2) uint64; null is a value of its own.

    Not cryptographic: with 10 million rows two different rows meet with a probability of about 1.5e-25.
    """
    n_rows = len(columns[0])
    lanes = np.empty((2, n_rows), dtype=np.uint64)
    for lane in range(2):
        lanes[lane] = _SEEDS[lane]
    for column in columns:
        _mix_column(lanes, column)
    return np.ascontiguousarray(lanes.T)


def _mix_column(lanes: Hashes, column: pa.Array) -> None:
    is_null = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        _mix_bytes(lanes, column)
    else:
        _mix_word(lanes, _as_words(column), slice(None))
    marks = np.where(is_null, _NULL, np.uint64(0))
    _mix_word(lanes, marks, slice(None))


def _as_words(column: pa.Array) -> Hashes:
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    words = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return np.asarray(words.astype(np.int64).view(np.uint64))


def _mix_bytes(lanes: Hashes, column: pa.Array) -> None:
    """Eight bytes of every value at a time; a value that has ended keeps its state."""
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    starts = offsets[:-1].astype(np.int64)
    lengths = np.where(column.is_null().to_numpy(zero_copy_only=False), 0, np.diff(offsets)).astype(np.int64)
    _mix_word(lanes, lengths.astype(np.uint64), slice(None))
    if not lengths.any():
        return
    data = np.concatenate([np.frombuffer(data_buffer, dtype=np.uint8), np.zeros(8, dtype=np.uint8)])
    words = np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data.data, strides=(1,))
    for begin in range(0, int(lengths.max()), 8):
        rows = np.flatnonzero(lengths > begin)
        left = np.minimum(lengths[rows] - begin, 8)
        _mix_word(lanes, words[starts[rows] + begin] & _LAST_BYTES[left], rows)


def _mix_word(lanes: Hashes, words: Hashes, rows: slice | npt.NDArray[np.int64]) -> None:
    for lane in range(2):
        first, multiply, second, again, third = _FINALISERS[lane]
        state = lanes[lane, rows] ^ (words * _FACTORS[lane])
        state = (state ^ (state >> first)) * multiply
        state = (state ^ (state >> second)) * again
        lanes[lane, rows] = (state ^ (state >> third)) + _SEEDS[lane]


class HashSet:
    """A growing set of 128-bit hashes in 16 bytes each, for tens of millions of rows.

    Kept as sorted runs of which each is more than twice as long as the next, so that adding costs n log n in all.
    """

    def __init__(self) -> None:
        self._runs: list[tuple[Hashes, Hashes]] = []

    def __len__(self) -> int:
        return sum(len(first) for first, _ in self._runs)

    def contains(self, hashes: Hashes) -> Mask:
        """Which of `hashes` (n, 2) are in the set, shape (n,)."""
        order = np.argsort(hashes[:, 0])
        found = np.empty(len(hashes), dtype=bool)
        found[order] = self._contains_sorted(hashes[order])
        return found

    def add(self, hashes: Hashes) -> Mask:
        """Add `hashes` (n, 2). Returns which were there before, in the set or earlier in `hashes`, shape (n,)."""
        # Stable: of equal hashes the earliest comes first, and is the one that is new.
        order = np.lexsort((hashes[:, 1], hashes[:, 0]))
        in_order = hashes[order]
        is_old = self._contains_sorted(in_order)
        is_old[1:] |= (in_order[1:] == in_order[:-1]).all(axis=1)
        if not is_old.all():
            new = in_order[~is_old]
            self._runs.append((new[:, 0].copy(), new[:, 1].copy()))
            self._merge()
        repeated = np.empty(len(hashes), dtype=bool)
        repeated[order] = is_old
        return repeated

    def _contains_sorted(self, hashes: Hashes) -> Mask:
        # Sorted questions walk through a run in one direction, which caches like: three times as fast.
        found = np.zeros(len(hashes), dtype=bool)
        for run in self._runs:
            found |= _is_in_run(run, hashes)
        return found

    def _merge(self) -> None:
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            last, before = self._runs.pop(), self._runs.pop()
            first = np.concatenate([before[0], last[0]])
            # Two sorted halves: timsort merges them in one pass.
            order = np.argsort(first, kind="stable")
            self._runs.append((first[order], np.concatenate([before[1], last[1]])[order]))


def _is_in_run(run: tuple[Hashes, Hashes], hashes: Hashes) -> Mask:
    first, second = run
    found = np.zeros(len(hashes), dtype=bool)
    places = np.searchsorted(first, hashes[:, 0])
    open_rows = np.arange(len(hashes))
    while len(open_rows):
        # More than one turn only where two values share their first 64 bits.
        inside = places[open_rows] < len(first)
        open_rows = open_rows[inside]
        open_rows = open_rows[first[places[open_rows]] == hashes[open_rows, 0]]
        is_equal = second[places[open_rows]] == hashes[open_rows, 1]
        found[open_rows[is_equal]] = True
        open_rows = open_rows[~is_equal]
        places[open_rows] += 1
    return found
