"""Small classes become coarser until k persons share them; nothing becomes finer, and nobody is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.feed.contract import CUSTOMERS
from recsys.privacy.coarsening import coarsen
from recsys.privacy.equivalence import class_numbers, class_sizes
from recsys.privacy.quasi_identifiers import ALL, ENFORCED, ENFORCED_COLUMNS, coarser, levels_by_cost

SCHEMA = pa.schema(
    {
        "country": pa.string(),
        "region": pa.string(),
        "birth_year": pa.int16(),
        "birth_year_to": pa.int16(),
        "gender": pa.string(),
        "n_persons": pa.int64(),
    }
)
NOTHING = (None, None, None, None, None)


def cells(*rows: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in rows], SCHEMA)


def values(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].to_pylist() for name in ENFORCED_COLUMNS), strict=True))


def smallest(table: pa.Table) -> int:
    return int(class_sizes(class_numbers(table, ENFORCED_COLUMNS), table["n_persons"].to_numpy()).min())


def test_classes_of_k_keep_their_exact_values() -> None:
    bank = cells(("DE", "DE-10", 1984, None, "f", 5), ("DE", "DE-10", 1984, None, "m", 9))
    assert coarsen(bank, 5).equals(bank)


def test_gender_is_the_first_to_go() -> None:
    bank = cells(("DE", "DE-10", 1984, None, "f", 3), ("DE", "DE-10", 1984, None, "m", 2))
    assert values(coarsen(bank, 5)) == [("DE", "DE-10", 1984, None, None)] * 2


def test_region_is_shortened_before_a_birth_year_becomes_a_band() -> None:
    bank = cells(("DE", "DE-10", 1984, None, "f", 3), ("DE", "DE-12", 1984, None, "f", 3))
    assert values(coarsen(bank, 5)) == [("DE", "DE-1", 1984, None, "f")] * 2


def test_birth_years_become_bands_of_five_and_then_of_ten() -> None:
    five = cells(("DE", None, 1980, None, "f", 3), ("DE", None, 1984, None, "f", 3))
    ten = cells(("DE", None, 1980, None, "f", 3), ("DE", None, 1985, None, "f", 3))
    assert values(coarsen(five, 5)) == [("DE", None, 1980, 1984, "f")] * 2
    assert values(coarsen(ten, 5)) == [("DE", None, 1980, 1989, "f")] * 2


def test_the_country_goes_before_the_birth_year() -> None:
    bank = cells(("DE", None, 1980, None, "f", 3), ("AT", None, 1980, None, "f", 3))
    assert values(coarsen(bank, 5)) == [(None, None, 1980, None, "f")] * 2


def test_a_small_class_joins_one_that_stands_there_already() -> None:
    bank = cells(("DE", "DE-1", 1980, 1984, None, 7), ("DE", "DE-10", 1983, None, "f", 1))
    assert values(coarsen(bank, 5)) == [("DE", "DE-1", 1980, 1984, None)] * 2


def test_who_fits_nowhere_takes_others_along_until_they_are_k() -> None:
    bank = cells(("DE", None, 1980, None, "f", 6), ("DE", None, 1990, None, "f", 9), ("JP", "JP-1", 1921, None, "m", 1))
    assert values(coarsen(bank, 5)) == [NOTHING, ("DE", None, 1990, None, "f"), NOTHING]


def test_of_a_bank_smaller_than_k_nothing_is_left() -> None:
    bank = cells(("DE", "DE-10", 1984, None, "f", 2), ("AT", "AT-1", 1950, None, "m", 2))
    assert values(coarsen(bank, 5)) == [NOTHING] * 2


def test_values_that_somebody_once_had_are_held_to_k() -> None:
    bank = cells(("DE", "DE-10", 1984, None, "f", 6), ("DE", "DE-20", 1984, None, "f", 0))
    assert values(coarsen(bank, 5))[1] != ("DE", "DE-20", 1984, None, "f")
    assert smallest(coarsen(bank, 5)) >= 5


def test_every_level_costs_more_than_all_cheaper_ones_together() -> None:
    first = [next(i for i, one in enumerate(levels_by_cost()) if one[name]) for name in ("gender", "region", "country")]
    assert first == sorted(first)
    assert set(levels_by_cost()[0].values()) == {0}
    assert levels_by_cost()[-1] == {"gender": 1, "region": 2, "birth_year": 3, "country": 1}


@pytest.mark.parametrize(
    ("region", "shorter"),
    [("DE-10", "DE-1"), ("DE-1", "DE-1"), ("10", "1"), ("GB-SW", None), (None, None)],
)
def test_region_loses_its_last_digit(region: str | None, shorter: str | None) -> None:
    found = coarser(cells(("DE", region, 1984, None, "f", 1)), {**levels_by_cost()[0], "region": 1})
    assert found["region"].to_pylist() == [shorter]


def test_a_band_stays_as_wide_as_it_is() -> None:
    found = coarser(cells(("DE", None, 1980, 1989, "f", 1)), {**levels_by_cost()[0], "birth_year": 1})
    assert values(found) == [("DE", None, 1980, 1989, "f")]


def test_every_quasi_identifier_of_the_contract_is_measured() -> None:
    declared = {column.raw_name for column in CUSTOMERS.columns if column.is_quasi_identifier}
    assert set(ALL) == declared
    assert set(ENFORCED) < declared


_ROW = st.tuples(
    st.sampled_from(["DE", "AT", None]),
    st.sampled_from(["DE-10", "DE-12", "DE-2", "GB-SW", None]),
    st.sampled_from([1950, 1983, 1984, 1999, None]),
    st.just(None),
    st.sampled_from(["f", "m", None]),
    st.integers(0, 7),
)


@settings(max_examples=30)
@given(st.lists(_ROW, min_size=1, max_size=12, unique_by=lambda row: row[:5]), st.integers(2, 12))
def test_k_persons_share_what_is_left_or_nothing_is(rows: list[tuple[Any, ...]], k: int) -> None:
    bank = cells(*rows)
    coarse = coarsen(bank, k)
    assert coarse["n_persons"].equals(bank["n_persons"])
    if sum(row[-1] for row in rows) >= k:
        assert smallest(coarse) >= k
    else:
        assert set(values(coarse)) == {NOTHING}
    for old, new in zip(values(bank), values(coarse), strict=True):
        assert all(after in (before, None) for before, after in zip((old[0], old[4]), (new[0], new[4]), strict=True))
        assert new[1] is None or str(old[1]).startswith(new[1])
        assert new[2] is None or new[2] <= old[2] <= (new[3] or new[2])


@settings(max_examples=30)
@given(st.lists(_ROW, min_size=1, max_size=8, unique_by=lambda row: row[:5]), st.integers(2, 8))
def test_what_is_coarse_enough_stays_as_it_is(rows: list[tuple[Any, ...]], k: int) -> None:
    once = coarsen(cells(*rows), k)
    assert coarsen(once, k).equals(once)


@settings(max_examples=30)
@given(st.lists(_ROW, min_size=1, max_size=8, unique_by=lambda row: row[:5]), st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[Any, ...]], random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    bank = cells(*rows)
    shuffled = coarsen(bank.take(pa.array(order)), 5)
    assert values(shuffled) == [values(coarsen(bank, 5))[place] for place in order]
    assert np.all(shuffled["n_persons"].to_numpy() == bank["n_persons"].to_numpy()[order])
