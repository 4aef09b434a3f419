from __future__ import annotations

import io

import numpy as np
import pytest

from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.figures import comparison_figure, learning_curve_figure, products_figure
from recsys.evaluation.measuring import measure, ndcg_of
from recsys.evaluation.outcome import pooled_metrics, pooled_ndcg, pooled_tally
from recsys.evaluation.trial import Trial

SCORES = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
CANDIDATES = np.ones((2, 3), dtype=bool)
RELEVANT = np.array([[True, False, False], [True, False, False]])


def test_outcome_holds_every_cutoff_and_the_counts_of_each_product():
    outcome = measure(SCORES, Trial(CANDIDATES, RELEVANT), fit_seconds=2.0)
    assert outcome.metrics["recall_at_1"] == 0.5
    assert outcome.metrics["ndcg_at_5"] == pytest.approx((1 + 0.5) / 2) == ndcg_of(SCORES, CANDIDATES, RELEVANT)
    assert outcome.metrics["auc"] == 0.5
    assert outcome.metrics["coverage_at_5"] == 1
    assert outcome.tally.opened.tolist() == [2, 0, 0]
    assert outcome.tally.offered.tolist() == [2, 2, 2]
    assert outcome.tally.found.tolist() == [2, 0, 0]


def test_folds_are_pooled_by_customers_and_seconds_are_added():
    first = measure(SCORES, Trial(CANDIDATES, RELEVANT), fit_seconds=1.0)
    second = measure(SCORES[:1], Trial(CANDIDATES[:1], RELEVANT[:1]), fit_seconds=2.0)
    pooled = pooled_metrics([first, second])
    assert pooled["ndcg_at_5"] == pytest.approx((1 + 0.5 + 1) / 3) == pooled_ndcg([first, second]).mean()
    assert pooled["fit_seconds"] == 3
    assert pooled_tally([first, second]).opened.tolist() == [3, 0, 0]


def test_figures_are_drawn_without_a_display():
    outcome = measure(SCORES, Trial(CANDIDATES, RELEVANT))
    figures = [
        products_figure("hybrid", outcome.tally, ("Account", "Card", "Fund")),
        learning_curve_figure("hybrid", {1: 0.3, 2: 0.4}, 0.35),
        comparison_figure({"popularity": 0.3, "hybrid": 0.4}, {"hybrid": Interval(0.1, 0.05, 0.15)}),
    ]
    for figure in figures:
        figure.savefig(picture := io.BytesIO())
        assert picture.getvalue().startswith(b"\x89PNG")
