from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.monitoring.publication_shift import (
    PublicationFacts,
    PublicationShift,
    ShiftLimits,
    broken_limits,
    publication_shift,
    total_variation,
)

LIMITS = ShiftLimits(max_mix_shift=0.5, max_coverage_drop=0.2, max_churn=0.9, max_persons_drop=0.5)
mixes = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000))


def test_shift_of_a_small_publication_is_what_paper_says() -> None:
    last = PublicationFacts(n_persons=10, n_served=8, rows_by_product={"a": 6, "b": 2})
    new = PublicationFacts(n_persons=10, n_served=5, rows_by_product={"a": 2, "c": 2})
    shift = publication_shift(last, new, n_shared=5, n_first_changed=2)
    # Mix: (|0.75 - 0.5| + |0.25 - 0| + |0 - 0.5|) / 2.
    assert (shift.mix_shift, shift.coverage_drop, shift.churn) == pytest.approx((0.5, 0.3, 0.4))


def test_equal_publications_have_not_shifted() -> None:
    facts = PublicationFacts(10, 10, {"a": 50})
    assert publication_shift(facts, facts, n_shared=10, n_first_changed=0) == PublicationShift(0, 0, 0, 0)


def test_wider_coverage_is_no_drop() -> None:
    shift = publication_shift(
        PublicationFacts(10, 5, {"a": 5}), PublicationFacts(10, 9, {"a": 9}), n_shared=5, n_first_changed=0
    )
    assert shift.coverage_drop == 0


@pytest.mark.parametrize(("n_last", "n_new", "drop"), [(8, 3, 0.625), (8, 8, 0), (3, 8, 0), (8, 0, 1), (0, 8, 0)])
def test_persons_that_are_lost_are_a_distance_also_where_every_share_stays(
    n_last: int, n_new: int, drop: float
) -> None:
    last, new = (PublicationFacts(n_persons, n_persons, {"a": n_persons}) for n_persons in (n_last, n_new))
    assert publication_shift(last, new, n_shared=n_new, n_first_changed=0).persons_drop == drop


def test_empty_publication_after_a_full_one_is_as_far_as_can_be() -> None:
    shift = publication_shift(
        PublicationFacts(10, 10, {"a": 10}), PublicationFacts(10, 0, {"a": 0}), n_shared=0, n_first_changed=0
    )
    assert (shift.mix_shift, shift.coverage_drop) == (1, 1)


@given(mixes, mixes)
def test_total_variation_is_a_distance_between_0_and_1(left: dict[str, int], right: dict[str, int]) -> None:
    assert total_variation(left, left) == 0
    assert total_variation(left, right) == pytest.approx(total_variation(right, left))
    assert 0 <= total_variation(left, right) <= 1 + 1e-12


def test_each_broken_limit_is_told_with_its_figures() -> None:
    assert broken_limits(PublicationShift(0.5, 0.2, 0.9, 0.5), LIMITS) == []
    messages = broken_limits(PublicationShift(0.75, 0.3, 0.95, 0.625), LIMITS)
    assert len(messages) == 4
    assert messages[0] == "product mix moved by 0.750, allowed 0.500"
    assert messages[3] == "the number of persons fell by 0.625, allowed 0.500"
