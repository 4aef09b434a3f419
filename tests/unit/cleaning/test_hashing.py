from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.cleaning.hashing import HashSet, hash_rows

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=60)


@settings(deadline=None)
@given(TEXTS)
def test_equal_rows_have_equal_hashes_and_different_rows_different_ones(values: list[str | None]) -> None:
    hashes = [tuple(row) for row in hash_rows([pa.array(values, pa.string())]).tolist()]
    for value, found in zip(values, hashes, strict=True):
        for other, other_found in zip(values, hashes, strict=True):
            assert (value == other) == (found == other_found)


@settings(deadline=None)
@given(TEXTS)
def test_hash_does_not_depend_on_where_the_value_stands(values: list[str | None]) -> None:
    whole = pa.array(["first", *values, "last"], pa.string())
    assert (hash_rows([whole.slice(1, len(values))]) == hash_rows([pa.array(values, pa.string())])).all()


def test_null_empty_and_zero_differ_and_columns_do_not_run_together() -> None:
    texts = hash_rows([pa.array(["", None, "ab", "a"]), pa.array(["", "", "c", "bc"])])
    assert len({tuple(row) for row in texts.tolist()}) == 4
    numbers = hash_rows([pa.array([0, None, 1], pa.date32())])
    assert len({tuple(row) for row in numbers.tolist()}) == 3
    flags = hash_rows([pa.array([True, False, None])])
    assert len({tuple(row) for row in flags.tolist()}) == 3


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_hash_set_is_a_set(batches: list[list[int]]) -> None:
    known: set[int] = set()
    hashes = HashSet()
    for batch in batches:
        keys = hash_rows([pa.array(batch, pa.int64())])
        expected = [value in known or value in batch[:place] for place, value in enumerate(batch)]
        assert hashes.add(keys).tolist() == expected
        known |= set(batch)
    assert len(hashes) == len(known)
    everything = hash_rows([pa.array(range(40), pa.int64())])
    assert hashes.contains(everything).tolist() == [value in known for value in range(40)]


def test_values_that_share_their_first_half_are_told_apart() -> None:
    hashes = HashSet()
    hashes.add(np.array([[7, 1], [7, 2], [7, 3]], dtype=np.uint64))
    asked = np.array([[7, 3], [7, 4], [7, 1], [8, 1]], dtype=np.uint64)
    assert hashes.contains(asked).tolist() == [True, False, True, False]
