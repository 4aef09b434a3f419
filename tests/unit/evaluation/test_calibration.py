from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from recsys.evaluation.calibration import UNCALIBRATED, Calibration, fit_calibration, log_loss
from recsys.evaluation.exposure import KnownProducts
from recsys.evaluation.ranks import mask_scores
from recsys.evaluation.trial import Trial

N, N_PRODUCTS = 20_000, 6
POPULARITY = np.array([0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
PRODUCTS = KnownProducts(POPULARITY, np.log(POPULARITY), np.ones((N_PRODUCTS, N_PRODUCTS)))


def chosen(logits: np.ndarray, candidates: np.ndarray, seed: int = 3) -> np.ndarray:
    """One product of each customer, at random with the probabilities of the softmax over his candidates."""
    noise = np.random.default_rng(seed).gumbel(size=logits.shape)
    relevant = np.zeros(logits.shape, dtype=bool)
    relevant[np.arange(len(logits)), np.where(candidates, logits + noise, -np.inf).argmax(axis=1)] = True
    return relevant


@pytest.fixture(name="scores", scope="module")
def scores_of_a_model() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, N_PRODUCTS))


@pytest.fixture(name="candidates", scope="module")
def candidates_of_customers() -> np.ndarray:
    may = np.random.default_rng(2).random((N, N_PRODUCTS)) < 0.8
    may[:, 0] = True
    return may


def test_probabilities_are_the_softmax_over_the_candidates():
    masked = mask_scores(np.array([[2.0, 1.0, 9.0]]), np.array([[True, True, False]]))
    found = np.exp(Calibration(0.5, 1.0).log_probabilities(masked, np.log([0.2, 0.8, 0.5])))
    weights = (exp(1) * 0.2, exp(0.5) * 0.8)
    assert found[0].tolist() == pytest.approx([weights[0] / sum(weights), weights[1] / sum(weights), 0])


def test_large_scores_do_not_overflow_and_no_candidate_is_no_probability():
    masked = mask_scores(np.array([[3e4, 0.0], [1.0, 1.0]]), np.array([[True, True], [False, False]]))
    found = UNCALIBRATED.log_probabilities(masked)
    assert found[0].tolist() == [0, -3e4]
    assert np.exp(found[1]).tolist() == [0, 0]


def test_log_loss_of_several_relevant_products_is_their_mean():
    log_probabilities = np.log([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.4, 0.3, 0.3]])
    relevant = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=bool)
    found = log_loss(log_probabilities, relevant)
    assert found[:2].tolist() == pytest.approx([-(log(0.5) + log(0.2)) / 2, -log(0.2)])
    assert np.isnan(found[2])


def test_planted_temperature_is_found_for_scores_of_any_size(scores, candidates):
    relevant = chosen(2 * scores, candidates)
    fitted = fit_calibration([(scores, Trial(candidates, relevant))])
    assert fitted.scale == pytest.approx(2, rel=0.05)
    assert fitted.prior_weight == 0
    rescaled = fit_calibration([(1000 * scores + 7, Trial(candidates, relevant))])
    assert rescaled.scale == pytest.approx(fitted.scale / 1000, rel=1e-4)


def test_no_other_temperature_has_a_smaller_loss(scores, candidates):
    relevant = chosen(0.7 * scores, candidates)
    fitted = fit_calibration([(scores, Trial(candidates, relevant))])
    masked = mask_scores(scores, candidates)

    def loss(scale: float) -> float:
        return log_loss(Calibration(scale).log_probabilities(masked), relevant).mean()

    assert loss(fitted.scale) <= min(loss(fitted.scale * factor) for factor in (0.9, 0.99, 0.999, 1.001, 1.01, 1.1))


def test_planted_weight_of_popularity_is_found_and_helps(scores, candidates):
    relevant = chosen(scores + 0.8 * PRODUCTS.log_popularity, candidates)
    fitted = fit_calibration([(scores, Trial(candidates, relevant, products=PRODUCTS))])
    assert fitted.scale == pytest.approx(1, rel=0.05)
    assert fitted.prior_weight == pytest.approx(0.8, rel=0.05)


def test_popularity_that_does_not_help_gets_no_weight(scores, candidates):
    relevant = chosen(2 * scores, candidates)
    assert fit_calibration([(scores, Trial(candidates, relevant, products=PRODUCTS))]).prior_weight == 0


def test_customers_of_all_folds_count(scores, candidates):
    weak, strong = chosen(0.5 * scores, candidates), chosen(2 * scores, candidates)
    one, other, both = (
        fit_calibration([(scores, Trial(candidates, relevant)) for relevant in folds]).scale
        for folds in ([weak], [strong], [weak, strong])
    )
    assert one < both < other


def test_customers_who_opened_nothing_change_nothing(scores, candidates):
    relevant = chosen(2 * scores, candidates)
    relevant[N // 2 :] = False
    half = Trial(candidates[: N // 2], relevant[: N // 2])
    assert fit_calibration([(scores, Trial(candidates, relevant))]) == fit_calibration([(scores[: N // 2], half)])


def test_without_anybody_tested_or_any_difference_scores_stay_as_they_are(candidates):
    nobody = Trial(candidates, np.zeros_like(candidates))
    assert fit_calibration([(np.ones((N, N_PRODUCTS)), nobody)]) == UNCALIBRATED
    everybody = Trial(candidates, chosen(np.ones((N, N_PRODUCTS)), candidates))
    assert fit_calibration([(np.ones((N, N_PRODUCTS)), everybody)]) == UNCALIBRATED


def test_worthless_scores_become_a_coin(scores, candidates):
    relevant = chosen(np.zeros_like(scores), candidates)
    assert abs(fit_calibration([(scores, Trial(candidates, relevant))]).scale) < 0.05
