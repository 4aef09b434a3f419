from __future__ import annotations

import pyarrow as pa
from bench.cleaning.duplicates import count_pairs, joined_by_kind

DUPLICATES = pa.table(
    {
        "customer_id": ["a2", "a3", "b2"],
        "same_as": ["a1", "a1", "b1"],
        "common": ["moved", "national_id", "moved"],
    }
)
FOUND = {"a1": "p", "a2": "p", "a3": "q", "b1": "r", "b2": "s", "c": "r"}


def test_pairs_are_counted_within_persons() -> None:
    pairs = count_pairs(FOUND, DUPLICATES)
    # True: a1-a2, a1-a3, a2-a3, b1-b2. Found: a1-a2 and, wrongly, b1-c.
    assert (pairs.true, pairs.found, pairs.both) == (4, 2, 1)
    assert (pairs.precision, pairs.recall) == (1 / 2, 1 / 4)


def test_each_kind_is_counted_against_the_first_registration() -> None:
    assert joined_by_kind(FOUND, DUPLICATES, "same_as") == {"moved": (1, 2), "national_id": (0, 1)}
