from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.standard_error import standard_error

GAINS = np.random.default_rng(1).normal(0.1, 1.0, 400)


def test_of_single_values_it_is_the_deviation_over_the_root_of_their_number():
    assert standard_error(GAINS, np.arange(400)) == pytest.approx(GAINS.std() / np.sqrt(400))


def test_person_who_is_counted_twice_makes_nothing_surer():
    twice = standard_error(np.tile(GAINS, 2), np.tile(np.arange(400), 2))
    assert twice == pytest.approx(standard_error(GAINS, np.arange(400)))
