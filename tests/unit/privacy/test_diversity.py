"""l-diversity against the definitions, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.privacy.diversity import class_diversity, diversity


def test_distinct_and_entropy_l_of_a_class() -> None:
    classes, persons = np.array([1, 1, 2, 3, 3]), np.array([5, 5, 8, 9, 1])
    sizes, distinct, entropy = class_diversity(classes, persons)
    assert sizes.tolist() == [10, 8, 10]
    assert distinct.tolist() == [2, 1, 2]
    # Two values alike often are two values; one in ten is hardly a second one.
    assert entropy[0] == pytest.approx(2)
    assert entropy[1] == pytest.approx(1)
    assert entropy[2] == pytest.approx(np.exp(-0.9 * np.log(0.9) - 0.1 * np.log(0.1)))


def test_persons_whose_class_gives_the_value_away_are_counted() -> None:
    found = diversity(np.array([1, 1, 2, 3, 3]), np.array([5, 5, 8, 9, 1]))
    assert (found.n_persons, found.n_alike, found.least_distinct) == (28, 8, 1)
    assert found.alike_share == 8 / 28
    assert found.least_entropy == pytest.approx(1)
    assert found.median_entropy == pytest.approx(np.exp(-0.9 * np.log(0.9) - 0.1 * np.log(0.1)))


def test_a_column_that_nobody_has_is_not_diverse() -> None:
    assert diversity(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).n_persons == 0
