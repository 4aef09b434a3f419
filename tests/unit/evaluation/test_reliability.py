from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.reliability import EDGES, bin_reliability


def test_bins_hold_means_and_their_distance_is_the_error():
    found = bin_reliability(np.array([0.62, 0.68, 0.11, 0.15, 0.19]), np.array([1.0, 0.0, 0.0, 0.0, 0.5]))
    assert found.bins == [
        (pytest.approx(0.45 / 3), pytest.approx(0.5 / 3), 3),
        (pytest.approx(1.30 / 2), pytest.approx(1.0 / 2), 2),
    ]
    assert found.error == pytest.approx((abs(0.45 - 0.5) + abs(1.30 - 1.0)) / 5)


def test_lower_edge_belongs_to_its_bin_and_certainty_to_the_last():
    found = bin_reliability(np.array([0.0, 0.01, 0.5, 1.0]), np.zeros(4))
    assert [EDGES[place] for place in np.flatnonzero(found.n)] == [0.0, 0.01, 0.5, 0.9]
    every_edge = bin_reliability(np.array(EDGES[:-1]), np.zeros(len(EDGES) - 1))
    assert every_edge.n.tolist() == [1] * (len(EDGES) - 1)


def test_bins_of_two_folds_add_up_before_distances_are_taken():
    above = bin_reliability(np.array([0.65]), np.array([1.0]))
    below = bin_reliability(np.array([0.65]), np.array([0.0]))
    assert above.error == pytest.approx(0.35)
    assert (above + below).error == pytest.approx(abs(1.30 - 1) / 2)


def test_without_pairs_there_is_no_error():
    assert np.isnan(bin_reliability(np.empty(0), np.empty(0)).error)
