from __future__ import annotations

from math import log, log2

import numpy as np
import pytest

from recsys.errors import ModelError
from recsys.evaluation.calibration import Calibration
from recsys.evaluation.exposure import known_products
from recsys.evaluation.measuring import measure, ndcg_of
from recsys.evaluation.outcome import (
    CUTOFFS,
    HEADLINE,
    FoldOutcome,
    pooled,
    pooled_ndcg,
)
from recsys.evaluation.slices import Slicing
from recsys.evaluation.trial import Trial

SCORES = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
CANDIDATES = np.ones((2, 3), dtype=bool)
RELEVANT = np.array([[True, False, False], [True, False, False]])


def random_trial(n: int, n_products: int, seed: int) -> tuple[np.ndarray, Trial]:
    """Scores, and a trial in which most customers open nothing."""
    generator = np.random.default_rng(seed)
    held = generator.random((n, n_products)) < 0.3
    relevant = ~held & (generator.random((n, n_products)) < 0.05)
    segments = Slicing("segment", generator.integers(-1, 2, n).astype(np.int32), ("retail", "private"))
    products = known_products(held, [(f"category:{product % 3}",) for product in range(n_products)])
    return generator.normal(size=(n, n_products)).astype(np.float32), Trial(~held, relevant, (segments,), products)


def assert_same(one: FoldOutcome, other: FoldOutcome) -> None:
    assert one.metrics == pytest.approx(other.metrics, abs=1e-9)
    for name in HEADLINE:
        np.testing.assert_array_equal(one.per_customer[name], other.per_customer[name])
    np.testing.assert_array_equal(one.tally.found, other.tally.found)
    np.testing.assert_array_equal(one.reliability.n, other.reliability.n)
    assert one.slices["segment"].means(1) == other.slices["segment"].means(1)


def test_outcome_holds_every_cutoff_and_the_counts_of_each_product():
    outcome = measure(SCORES, Trial(CANDIDATES, RELEVANT), fit_seconds=2.0)
    assert outcome.metrics["recall_at_1"] == 0.5
    assert outcome.metrics["ndcg_at_5"] == pytest.approx((1 + 0.5) / 2) == ndcg_of(SCORES, CANDIDATES, RELEVANT)
    assert outcome.metrics["mrr"] == pytest.approx((1 + 1 / 3) / 2)
    assert outcome.metrics["auc"] == 0.5
    assert outcome.metrics["coverage_at_5"] == 1
    assert outcome.tally.opened.tolist() == [2, 0, 0]
    assert outcome.tally.offered.tolist() == [2, 2, 2]
    assert outcome.tally.found.tolist() == [2, 0, 0]


def test_every_metric_is_there_at_every_cutoff():
    names = set(measure(*random_trial(500, 12, 1), Calibration()).metrics)
    ranked = {
        f"{name}_at_{k}" for name in ("precision", "recall", "f1", "hit_rate", "map", "ndcg", "mrr") for k in CUTOFFS
    }
    shown = {f"{name}_at_5" for name in ("coverage", "novelty", "diversity", "popularity", "exposure_gini")}
    errors = {f"calibration_error{which}" for which in ("", "_of_first", "_of_first_by_chance")}
    others = {"mrr", "auc", "log_loss", *errors}
    assert names == ranked | shown | others | {"lift_at_10_percent", "product_auc"}
    assert "map_at_7" in names


def test_probabilities_are_of_the_calibration():
    # Four to one for the first product.
    outcome = measure(np.array([[2.0, 0.0]]), Trial(CANDIDATES[:1, :2], RELEVANT[:1, :2]), Calibration(log(4) / 2))
    assert outcome.metrics["log_loss"] == pytest.approx(-log(4 / 5))
    assert outcome.reliability.predicted.sum() == pytest.approx(1)
    assert outcome.reliability.observed.tolist() == [0] * 11 + [1, 0]
    assert outcome.first_reliability.error == pytest.approx(1 / 5)


def test_without_a_calibration_probabilities_are_not_judged():
    metrics = measure(SCORES, Trial(CANDIDATES, RELEVANT)).metrics
    assert "log_loss" not in metrics
    assert [name for name in metrics if name.startswith("calibration_error")] == []
    assert metrics["lift_at_10_percent"] == pytest.approx(1)


def test_who_opened_nothing_is_in_gains_and_exposure_only():
    scores = np.array([[3.0, 2.0], [2.0, 3.0], [4.0, 0.0]])
    relevant = np.array([[True, False], [False, False], [False, False]])
    outcome = measure(scores, Trial(np.ones((3, 2), dtype=bool), relevant))
    assert outcome.n_tested == 1
    assert outcome.metrics["mrr"] == 1
    assert outcome.tally.offered.tolist() == [1, 1]
    assert outcome.exposure.offered.tolist() == [3, 3]
    assert outcome.gains.customers.tolist() == [3, 3]
    # The third customer is surer of the first product than the one who took it.
    assert outcome.gains.auc[0] == 0.5


def test_gains_are_of_the_customers_who_were_asked():
    scores = np.array([[3.0, 2.0], [2.0, 3.0], [4.0, 0.0]])
    relevant = np.array([[True, False], [False, True], [False, False]])
    trial = Trial(np.ones((3, 2), dtype=bool), relevant, is_asked=np.array([True, True, False]))
    gains = measure(scores, trial).gains
    assert gains.customers.tolist() == [2, 2]
    assert gains.auc.tolist() == [1, 1]


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_blocks_give_what_the_whole_matrix_gives(size):
    scores, trial = random_trial(1_000, 9, 2)
    blocks = (scores[start : start + size] for start in range(0, len(scores), size))
    assert_same(measure(blocks, trial), measure(scores, trial))


def test_more_customers_than_a_block_holds_change_nothing():
    scores, trial = random_trial(20_000, 12, 3)
    parts = [measure(scores[rows], trial.take(rows)) for rows in np.split(np.arange(20_000), 4)]
    whole, added = measure(scores, trial), pooled(parts)
    # Gains rank the customers of each part by themselves.
    names = whole.metrics.keys() - {"lift_at_10_percent", "product_auc"}
    assert {name: whole.metrics[name] for name in names} == pytest.approx({name: added.metrics[name] for name in names})
    np.testing.assert_array_equal(whole.ndcg, added.ndcg)


def test_rows_that_are_missing_are_an_error():
    scores, trial = random_trial(100, 5, 4)
    with pytest.raises(ValueError, match="scores of 99 customers for a trial of 100"):
        measure(scores[:-1], trial)


def test_score_that_is_no_number_is_an_error_whoever_opened_what():
    scores, trial = random_trial(100, 5, 4)
    scores[np.flatnonzero(~trial.relevant.any(axis=1) & trial.candidates[:, 0])[0], 0] = np.nan
    with pytest.raises(ModelError, match="not finite"):
        measure(scores, trial)


def test_what_nobody_was_measured_on_is_left_out():
    outcome = measure(SCORES, Trial(CANDIDATES, np.zeros_like(RELEVANT)))
    assert outcome.n_tested == 0
    assert set(outcome.metrics) == {"coverage_at_5", "exposure_gini_at_5"}
    empty = measure(SCORES[:0], Trial(CANDIDATES[:0], RELEVANT[:0]))
    assert empty.metrics == {}


def test_slices_are_of_the_tested_customers():
    scores, trial = random_trial(4_000, 9, 5)
    outcome = measure(scores, trial, Calibration())
    tested = trial.slicings[0].codes[trial.tested]
    for code, label in enumerate(("retail", "private")):
        means = outcome.slices["segment"].means()[label]
        assert set(means) == set(HEADLINE)
        for name in HEADLINE:
            assert means[name] == pytest.approx(np.nanmean(outcome.per_customer[name][tested == code]), abs=1e-6)


def test_folds_are_pooled_by_customers_and_seconds_are_added():
    first = measure(SCORES, Trial(CANDIDATES, RELEVANT), fit_seconds=1.0)
    second = measure(SCORES[:1], Trial(CANDIDATES[:1], RELEVANT[:1]), fit_seconds=2.0)
    both = pooled([first, second])
    figures = both.metrics
    assert figures["ndcg_at_5"] == pytest.approx((1 + 0.5 + 1) / 3) == pooled_ndcg([first, second]).mean()
    assert figures["mrr"] == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert both.fit_seconds == 3
    assert both.tally.opened.tolist() == [3, 0, 0]


def test_slicing_that_one_fold_lacks_is_that_of_the_others():
    scores, trial = random_trial(1_000, 9, 6)
    without = measure(scores, Trial(trial.candidates, trial.relevant, (), trial.products))
    sliced = measure(scores, trial)
    for outcome in (sliced + without, without + sliced):
        assert outcome.slices["segment"].means() == sliced.slices["segment"].means()


def test_ndcg_of_ignores_who_opened_nothing():
    relevant = np.array([[False, True, False], [False, False, False]])
    assert ndcg_of(SCORES, CANDIDATES, relevant) == pytest.approx(1 / log2(3))
