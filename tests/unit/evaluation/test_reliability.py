from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest

from recsys.evaluation.reliability import EDGES, Reliability, bin_reliability


def pairs(*groups: tuple[float, float]) -> Reliability:
    """A hundred pairs of each probability, of which that share came true."""
    return reduce(add, (bin_reliability(np.full(100, p), np.arange(100) < 100 * share) for p, share in groups))


def test_bins_hold_means_and_their_distance_is_the_error():
    found = pairs((0.62, 1.0), (0.68, 0.0), (0.11, 0.0), (0.15, 0.0), (0.19, 0.5))
    assert found.bins == [
        (pytest.approx(0.45 / 3), pytest.approx(0.5 / 3), 300),
        (pytest.approx(1.30 / 2), pytest.approx(1.0 / 2), 200),
    ]
    assert found.error == pytest.approx((abs(0.45 - 0.5) + abs(1.30 - 1.0)) / 5)


def test_bins_with_few_pairs_are_joined_with_their_neighbours():
    found = bin_reliability(np.repeat([0.15, 0.25, 0.95], [60, 70, 30]), np.repeat([0.0, 1.0, 1.0], [60, 70, 30]))
    assert found.bins == [(pytest.approx((60 * 0.15 + 70 * 0.25 + 30 * 0.95) / 160), pytest.approx(100 / 160), 160)]
    more = found + pairs((0.95, 1.0))
    assert [n for _, _, n in more.bins] == [130, 130]


def test_lower_edge_belongs_to_its_bin_and_certainty_to_the_last():
    found = bin_reliability(np.array([0.0, 0.01, 0.5, 1.0]), np.zeros(4))
    assert [EDGES[place] for place in np.flatnonzero(found.n)] == [0.0, 0.01, 0.5, 0.9]
    every_edge = bin_reliability(np.array(EDGES[:-1]), np.zeros(len(EDGES) - 1))
    assert every_edge.n.tolist() == [1] * (len(EDGES) - 1)


def test_bins_of_two_folds_add_up_before_distances_are_taken():
    above, below = pairs((0.65, 1.0)), pairs((0.65, 0.0))
    assert above.error == pytest.approx(0.35)
    assert (above + below).error == pytest.approx(abs(1.30 - 1) / 2)


def test_error_by_chance_is_what_right_probabilities_show_on_average():
    random = np.random.default_rng(4)
    probabilities = np.repeat([0.15, 0.35, 0.65], [100, 130, 200])
    drawn = [bin_reliability(probabilities, random.random(430) < probabilities) for _ in range(400)]
    assert np.mean([one.error for one in drawn]) == pytest.approx(drawn[0].error_by_chance, rel=0.05)


def test_without_pairs_there_is_no_error():
    assert np.isnan(bin_reliability(np.empty(0), np.empty(0)).error)
    assert np.isnan(bin_reliability(np.empty(0), np.empty(0)).error_by_chance)
