from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recsys.ranking.adjustments.adjustments import Adjustments
from recsys.ranking.adjustments.exposure_floor import draws_of, new_products
from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.top_n import Ranking, rank_top_n

AS_OF = date(2026, 6, 30)
CATALOGUE = Catalogue(
    (
        Product("a", "A", "card", value=10.0),
        Product("b", "B", "card", value=20.0),
        Product("c", "C", "fund", value=300.0),
        Product("d", "D", "loan", launched_date=AS_OF - timedelta(days=10)),
    )
)
SCORES = np.array([[4.0, 3.0, 2.0, 1.0]], np.float32)
ALL = np.ones((1, 4), np.bool_)


def keys(n: int) -> npt.NDArray[np.bytes_]:
    random = np.random.default_rng(7)
    return np.array([str(UUID(bytes=random.bytes(16))) for _ in range(n)], dtype="S36")


def ranked(is_permitted: npt.NDArray[np.bool_] = ALL, top_n: int = 3, **wanted: Any) -> list[int]:
    found = Adjustments(**wanted).rank(SCORES, is_permitted, keys(1), CATALOGUE, AS_OF, top_n)
    listed = found.products[0].tolist()
    expected = [SCORES[0, product] if product >= 0 else np.nan for product in listed]
    np.testing.assert_array_equal(found.scores[0], np.array(expected, np.float32))
    return listed


def test_nothing_is_done_unless_it_is_asked_for() -> None:
    assert Adjustments().is_off
    assert Adjustments().to_json() == {}
    assert ranked() == [0, 1, 2]


def test_valuable_product_moves_up_by_its_value() -> None:
    assert ranked(value_weight=0.1) == [0, 1, 2]
    assert ranked(value_weight=2.0)[0] == 2


def test_second_product_of_a_category_waits_for_another_category() -> None:
    # Relevance 1, 2/3, 1/3, 0, halved: after a the other card stands at 1/3 - 1/2, the fund at 1/6.
    assert ranked(diversity=0.5) == [0, 2, 3]
    assert ranked(diversity=0.1) == [0, 1, 2]


def test_full_diversity_shows_each_category_once_before_any_twice() -> None:
    assert ranked(diversity=1.0, top_n=4) == [0, 2, 3, 1]


def test_new_product_takes_the_last_place_of_everybody_whom_it_is_to_be_shown_to() -> None:
    assert ranked(new_share=1.0) == [0, 1, 3]
    assert ranked(np.array([[True, False, False, True]]), new_share=1.0) == [0, 3, -1]


def test_new_product_that_is_not_permitted_is_shown_to_nobody() -> None:
    assert ranked(np.array([[True, True, True, False]]), new_share=1.0) == [0, 1, 2]


def test_new_product_is_new_from_its_first_day_for_as_long_as_is_set() -> None:
    assert new_products(CATALOGUE, AS_OF, 11).tolist() == [False, False, False, True]
    assert new_products(CATALOGUE, AS_OF, 10).tolist() == [False] * 4
    assert new_products(CATALOGUE, AS_OF - timedelta(days=11), 90).tolist() == [False] * 4


def test_share_of_the_customers_sees_a_new_product_and_always_the_same_ones() -> None:
    persons = keys(20_000)
    scores, permitted = np.repeat(SCORES, 20_000, axis=0), np.ones((20_000, 4), np.bool_)
    once, again = (Adjustments(new_share=0.1).rank(scores, permitted, persons, CATALOGUE, AS_OF, 3) for _ in range(2))
    np.testing.assert_array_equal(once.products, again.products)
    share = (once.products == 3).any(axis=1).mean()
    # Four standard deviations of a binomial share of .1 among 20,000.
    assert share == pytest.approx(0.1, abs=4 * np.sqrt(0.1 * 0.9 / 20_000))


def test_draws_for_two_products_have_nothing_to_do_with_each_other() -> None:
    draws = draws_of(keys(20_000), ("a", "b"))
    assert draws.min() >= 0
    assert draws.max() < 1
    assert abs(np.corrcoef(draws.T)[0, 1]) < 4 / np.sqrt(20_000)


def test_adjustments_are_read_back_as_they_were_kept() -> None:
    wanted = Adjustments(value_weight=0.5, diversity=0.25, new_share=0.1, new_days=30)
    assert Adjustments.of(wanted.to_json()) == wanted
    assert Adjustments.of({}) == Adjustments()


@given(
    scores=arrays.arrays(np.float32, (6, 4), elements=st.floats(-100, 100, width=32)),
    is_permitted=arrays.arrays(np.bool_, (6, 4)),
    wanted=st.builds(
        Adjustments,
        value_weight=st.floats(0, 3),
        diversity=st.floats(0, 1),
        new_share=st.floats(0, 1),
    ),
    top_n=st.integers(1, 6),
)
def test_adjusted_lists_are_permitted_unique_full_and_independent_of_who_else_is_ranked(
    scores: npt.NDArray[np.float32], is_permitted: npt.NDArray[np.bool_], wanted: Adjustments, top_n: int
) -> None:
    persons = keys(6)
    found = wanted.rank(scores, is_permitted, persons, CATALOGUE, AS_OF, top_n)
    plain = rank_top_n(scores, is_permitted, top_n)
    for row in range(6):
        listed = found.products[row][found.products[row] >= 0].tolist()
        assert len(set(listed)) == len(listed) == (plain.products[row] >= 0).sum()
        assert is_permitted[row, listed].all()
        alone: Ranking = wanted.rank(
            scores[row : row + 1], is_permitted[row : row + 1], persons[row : row + 1], CATALOGUE, AS_OF, top_n
        )
        np.testing.assert_array_equal(alone.products[0], found.products[row])
