"""Arrow columns from numpy arrays, built without a Python loop over rows.

Everywhere in the demo bank a date is an `int64` count of days since 1970-01-01, and money an `int64` count of cents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

SECONDS_A_DAY = 86_400


def money(cents: Ints) -> pa.Array:
    """`decimal128(18, 2)` of `(n,)` cents: the 128-bit values are the 64-bit ones with their sign extended."""
    words = np.stack([cents, cents >> 63], axis=1).astype(np.int64)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(cents), [None, pa.py_buffer(np.ascontiguousarray(words))])


def dates(days: Ints) -> pa.Array:
    """`date32` of `(n,)` days since 1970-01-01."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def timestamps(seconds: Ints) -> pa.Array:
    """`timestamp(s)` in UTC, written without an offset, of `(n,)` seconds since 1970-01-01."""
    return pa.array(seconds.astype(np.int64)).cast(pa.timestamp("s"))


def pick(words: Sequence[str | None] | pa.Array, index: Ints) -> pa.Array:
    """The `(n,)` texts at the places `index` of `words`."""
    pool = words if isinstance(words, pa.Array) else pa.array(words, pa.string())
    return pool.take(pa.array(index))


def blank(values: pa.Array, is_blank: Bools) -> pa.Array:
    """`values` with nothing where `is_blank`."""
    return pc.if_else(pa.array(is_blank), pa.scalar(None, values.type), values)


def choose(is_first: Bools, first: pa.Array, second: pa.Array) -> pa.Array:
    """`first` where `is_first`, else `second`."""
    return pc.if_else(pa.array(is_first), first, second)


def join(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Row-wise concatenation of texts; a missing part makes the row missing."""
    return pc.binary_join_element_wise(*parts, separator)


def fixed_text(characters: NDArray[np.uint8]) -> pa.Array:
    """Texts of one length from an `(n, length)` matrix of ASCII codes."""
    n, length = characters.shape
    offsets = np.arange(0, (n + 1) * length, length, dtype=np.int32)
    data = np.ascontiguousarray(characters)
    return pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def digit_codes(numbers: Ints, width: int) -> NDArray[np.uint8]:
    """ASCII codes `(n, width)` of `numbers`, zero-padded on the left."""
    codes = np.empty((len(numbers), width), np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        rest, digit = rest // 10, rest % 10
        codes[:, place] = digit + ord("0")
    return codes


def letter_codes(text: str, n: int) -> NDArray[np.uint8]:
    """ASCII codes `(n, len(text))` of one text, repeated."""
    return np.tile(np.frombuffer(text.encode("ascii"), np.uint8), (n, 1))


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Ids such as `C0000042`."""
    return fixed_text(np.hstack([letter_codes(prefix, len(numbers)), digit_codes(numbers, width)]))


def draw_categories(rng: np.random.Generator, weights: Floats) -> Ints:
    """One category `(n,)` for each row of unnormalised `weights` `(n, n_categories)`."""
    cumulative = np.cumsum(weights, axis=1)
    thresholds = rng.random(len(weights)) * cumulative[:, -1]
    return np.asarray((thresholds[:, None] >= cumulative).sum(axis=1).clip(max=weights.shape[1] - 1))


def running_numbers(owners: Ints, n_owners: int) -> Ints:
    """How many rows of the same owner stand before each row `(n,)`."""
    order = np.argsort(owners, kind="stable")
    counts = np.bincount(owners, minlength=n_owners)
    running = np.empty(len(owners), np.int64)
    running[order] = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    return running
