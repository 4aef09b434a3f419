from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from recsys.evaluation.blending import cross_fitted, fit_blend_weights
from recsys.evaluation.trial import Trial

N, P = 4_000, 6


def folds(seed: int, weights: tuple[float, ...], n: int = N):
    """Two folds in which customers choose by `weights` times terms, of which the last is a prior; 1 in 6 is held."""
    generator = np.random.default_rng(seed)
    made = []
    for _ in range(2):
        terms = [generator.normal(size=(n, P)) for _ in weights[:-1]]
        terms.append(np.broadcast_to(np.log(np.arange(1, P + 1) / 21), (n, P)))
        candidates = generator.random((n, P)) > 1 / 6
        candidates[:, 0] = True
        logits = sum(weight * term for weight, term in zip(weights, terms, strict=True))
        noisy = np.where(candidates, logits + generator.gumbel(size=(n, P)), -np.inf)
        relevant = np.zeros((n, P), bool)
        relevant[np.arange(n), noisy.argmax(axis=1)] = True
        made.append((terms, Trial(candidates, relevant)))
    return made


def loss(made, factors) -> float:
    total = 0.0
    for terms, trial in made:
        sums = sum(factor * term for factor, term in zip(factors, terms, strict=True))
        total -= log_softmax(np.where(trial.candidates, sums, -np.inf), axis=1)[trial.relevant].sum()
    return total


def test_weights_that_customers_chose_by_are_found():
    weights = fit_blend_weights(folds(1, (1.5, 0.5, 0.7)))
    np.testing.assert_allclose(
        [*(weights.weights / weights.temperatures), weights.prior_weight], (1.5, 0.5, 0.7), atol=0.1
    )


def test_no_other_weights_make_what_was_opened_more_likely():
    made = folds(2, (1.5, 0.5, 0.7))
    found = fit_blend_weights(made)
    factors = np.array([*(found.weights / found.temperatures), found.prior_weight])
    best = loss(made, factors)
    for place in range(3):
        for step in (-0.01, 0.01):
            moved = factors.copy()
            moved[place] += step
            assert loss(made, moved) > best


def test_member_that_misleads_has_no_weight_and_is_not_turned_around():
    found = fit_blend_weights(folds(3, (1.0, -0.8, 0.5)))
    assert found.weights[1] == 0
    assert found.weights[0] > 0


def test_size_of_the_scores_is_a_matter_of_temperature():
    made = folds(4, (1.5, 0.5, 0.7))
    large = [([1000 * terms[0], *terms[1:]], trial) for terms, trial in made]
    plain, scaled = fit_blend_weights(made), fit_blend_weights(large)
    np.testing.assert_allclose(scaled.weights, plain.weights, rtol=1e-3)
    assert scaled.temperatures[0] == pytest.approx(1000 * plain.temperatures[0], rel=1e-3)


def test_member_without_any_opinion_has_no_weight():
    made = [([terms[0], np.zeros((N, P)), terms[-1]], trial) for terms, trial in folds(5, (1.0, 0.0, 0.5))]
    assert fit_blend_weights(made).weights[1] == 0


def test_without_a_test_or_an_opinion_there_are_no_weights():
    made = folds(6, (1.0, 0.5))
    nobody = [(terms, Trial(trial.candidates, np.zeros_like(trial.relevant))) for terms, trial in made]
    silent = [([np.zeros((N, P)), terms[-1]], trial) for terms, trial in made]
    assert fit_blend_weights([]) is None
    assert fit_blend_weights(nobody) is None
    assert fit_blend_weights(silent) is None


def test_customer_is_blended_with_weights_that_his_own_choice_had_no_part_in():
    made = folds(7, (1.0, 0.5), n=50)
    # Everybody is in both folds, at another place.
    persons = [np.arange(50), np.arange(50)[::-1]]
    blended = cross_fitted(made, persons)
    terms, trial = made[0]
    changed = trial.relevant.copy()
    changed[0] = trial.candidates[0] & ~trial.relevant[0]
    again = cross_fitted([(terms, Trial(trial.candidates, changed)), made[1]], persons)
    for fold, numbers in enumerate(persons):
        is_even = numbers % 2 == 0
        np.testing.assert_array_equal(again[fold][is_even], blended[fold][is_even])
        assert not np.array_equal(again[fold][~is_even], blended[fold][~is_even])


def test_cross_fitted_scores_are_nearly_those_of_weights_from_all():
    made = folds(8, (1.5, 0.5, 0.7))
    weights = fit_blend_weights(made)
    np.testing.assert_allclose(cross_fitted(made, [np.arange(N)] * 2)[0], weights.blend(made[0][0]), atol=0.5)
