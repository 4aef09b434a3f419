from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recsys.ranking import top_n
from recsys.ranking.top_n import rank_top_n

Scores = npt.NDArray[np.float32]
Permitted = npt.NDArray[np.bool_]

shapes = st.tuples(st.integers(0, 12), st.integers(1, 9))
# Few distinct values, so that ties are common.
values = st.sampled_from([-1e30, -2.5, -0.0, 0.0, 1e-30, 0.5, 3.0])


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Scores, Permitted]:
    shape = draw(shapes)
    return draw(hnp.arrays(np.float32, shape, elements=values)), draw(hnp.arrays(np.bool_, shape))


@given(blocks(), st.integers(1, 12))
def test_ranking_is_a_stable_sort_of_the_permitted_products(block: tuple[Scores, Permitted], n: int) -> None:
    scores, is_permitted = block
    ranking = rank_top_n(scores, is_permitted, n)
    for row in range(len(scores)):
        expected = sorted(np.flatnonzero(is_permitted[row]), key=lambda column: -scores[row, column])[:n]
        is_filled = ranking.is_filled[row]
        assert ranking.products[row][is_filled].tolist() == expected
        assert ranking.scores[row][is_filled].tolist() == (scores[row, expected] + 0).tolist()
        assert np.isnan(ranking.scores[row][~is_filled]).all()
        # Empty places come last.
        assert (np.diff(is_filled.astype(int)) <= 0).all()


@given(blocks(), st.integers(1, 5), st.randoms())
def test_order_of_customers_changes_nobody_s_ranking(block: tuple[Scores, Permitted], n: int, random: object) -> None:
    scores, is_permitted = block
    order = np.arange(len(scores))
    random.shuffle(order)  # type: ignore[attr-defined]
    together, shuffled = rank_top_n(scores, is_permitted, n), rank_top_n(scores[order], is_permitted[order], n)
    np.testing.assert_array_equal(together.products[order], shuffled.products)


def test_long_blocks_are_ranked_as_short_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = np.random.default_rng(7).normal(size=(101, 6)).astype(np.float32)
    is_permitted = scores > -1
    whole = rank_top_n(scores, is_permitted, 3)
    monkeypatch.setattr(top_n, "_CELLS", 13)
    np.testing.assert_array_equal(rank_top_n(scores, is_permitted, 3).products, whole.products)


def test_agrees_with_an_independent_implementation() -> None:
    from implicit.cpu.topk import topk

    scores = np.random.default_rng(7).normal(size=(500, 24)).astype(np.float32)
    is_permitted = np.random.default_rng(8).random(scores.shape) < 0.7
    masked = np.where(is_permitted, scores, np.float32(-1e30))
    theirs, _ = topk(np.eye(24, dtype=np.float32), masked, 5)
    np.testing.assert_array_equal(rank_top_n(scores, is_permitted, 5).products, theirs)


def test_score_that_is_not_a_number_is_an_error_only_where_it_is_permitted() -> None:
    scores = np.array([[np.nan, 1.0]], dtype=np.float32)
    assert rank_top_n(scores, np.array([[False, True]]), 2).products.tolist() == [[1, -1]]
    with pytest.raises(ValueError, match="finite"):
        rank_top_n(scores, np.array([[True, True]]), 2)
