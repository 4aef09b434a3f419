"""A thousand random customers, ties and empty sets included, against trec_eval (by ir-measures) and scikit-learn.

How their rules are reconciled with ours:

- trec_eval puts equal scores in descending order of the document's name, ours keep the order of the products: so names
  descend with the columns. scikit-learn's `ndcg_score` averages over the orders of equal scores: so it is given the
  place in our order instead of the score.
- trec_eval's AP@k divides by the number of relevant products, ours by min(k, that number).
- trec_eval gives 0 to who has nothing relevant, ours no value: the same customers must lack one.
- For both, products that are no candidates are not there at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    log_loss,
    ndcg_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from recsys.evaluation.calibration import Calibration
from recsys.evaluation.calibration import log_loss as our_log_loss
from recsys.evaluation.gains import SHARES, measure_gains
from recsys.evaluation.metrics import auc, metrics_at, reciprocal_rank
from recsys.evaluation.products import tally_products
from recsys.evaluation.ranks import RelevantRanks, mask_scores, rank_relevant, top_mask

N, N_PRODUCTS = 1_000, 12
CUTOFFS = (1, 3, 5, 7, 10, 12, 20)
Named = dict[str, dict[str, float]]
EXACT = {"rtol": 0, "atol": 1e-9}


@dataclass(frozen=True)
class Cases:
    """A third of the customers have ties; some have no candidate, one, or nothing relevant; some have only relevant."""

    scores: np.ndarray
    candidates: np.ndarray
    relevant: np.ndarray

    @property
    def masked(self) -> np.ndarray:
        return mask_scores(self.scores, self.candidates)

    @property
    def ranks(self) -> RelevantRanks:
        return rank_relevant(self.masked, self.candidates, self.relevant)

    @property
    def tested(self) -> np.ndarray:
        return np.flatnonzero(self.relevant.any(axis=1))

    @cached_property
    def order(self) -> np.ndarray:
        """Candidates in our order, by plain Python: the place of each, 0 is the best; -1 for no candidate."""
        places = np.full(self.scores.shape, -1)
        for customer, (scores, may) in enumerate(zip(self.scores, self.candidates, strict=True)):
            ranked = sorted(np.flatnonzero(may), key=lambda product, scores=scores: (-scores[product], product))
            places[customer, ranked] = np.arange(len(ranked))
        return places

    @cached_property
    def named(self) -> tuple[Named, Named]:
        """Truth and scores of the tested customers by name, as trec_eval wants them."""
        name = [f"{N_PRODUCTS - product:03d}" for product in range(N_PRODUCTS)]
        truth: Named = {}
        run: Named = {}
        for customer in self.tested:
            relevant, may = (np.flatnonzero(flags[customer]) for flags in (self.relevant, self.candidates))
            truth[str(customer)] = {name[product]: 1 for product in relevant}
            run[str(customer)] = {name[product]: float(self.scores[customer, product]) for product in may}
        return truth, run

    def rows(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Of each tested customer: the row, and the scores and truth of the candidates."""
        for customer in self.tested:
            may = self.candidates[customer]
            yield customer, self.scores[customer, may], self.relevant[customer, may]


@pytest.fixture(name="cases", scope="module", params=[np.float32, np.float64], ids=["float32", "float64"])
def random_cases(request: pytest.FixtureRequest) -> Cases:
    generator = np.random.default_rng(20)
    scores = generator.normal(size=(N, N_PRODUCTS))
    tied = generator.random(N) < 0.35
    scores[tied] = np.round(scores[tied])
    candidates = generator.random((N, N_PRODUCTS)) < generator.choice(
        [0.0, 0.15, 0.7, 1.0], (N, 1), p=[0.05, 0.1, 0.5, 0.35]
    )
    relevant = candidates & (generator.random((N, N_PRODUCTS)) < generator.choice([0.0, 0.1, 0.5, 1.0], (N, 1)))
    assert (~relevant.any(axis=1)).sum() > 100
    assert ((relevant == candidates).all(axis=1) & relevant.any(axis=1)).sum() > 100
    # trec_eval reads scores as float32: others that it holds for equal would be told apart by ours.
    return Cases(scores.astype(np.float32).astype(request.param), candidates, relevant)


def trec(cases: Cases, measure: ir_measures.Measure) -> np.ndarray:
    """The measure of the tested customers, by trec_eval."""
    results = ir_measures.pytrec_eval.iter_calc([measure], *cases.named)
    found = {result.query_id: result.value for result in results}
    return np.array([found[str(customer)] for customer in cases.tested])


@pytest.mark.parametrize("k", CUTOFFS)
def test_ranking_metrics_agree_with_trec_eval(cases, k):
    ours = metrics_at(cases.ranks, k)
    n_relevant = cases.relevant.sum(axis=1)[cases.tested]
    reciprocal = trec(cases, RR)
    theirs = {
        "precision": trec(cases, P @ k),
        "recall": trec(cases, R @ k),
        "hit_rate": trec(cases, Success @ k),
        "map": trec(cases, AP @ k) * n_relevant / np.minimum(n_relevant, k),
        "ndcg": trec(cases, nDCG @ k),
        "mrr": np.where(reciprocal >= 1 / k - 1e-12, reciprocal, 0),
    }
    for name, values in theirs.items():
        of_customers = getattr(ours, name)
        assert np.flatnonzero(~np.isnan(of_customers)).tolist() == cases.tested.tolist(), name
        np.testing.assert_allclose(of_customers[cases.tested], values, **EXACT, err_msg=name)
    both = theirs["precision"] + theirs["recall"]
    harmonic = 2 * theirs["precision"] * theirs["recall"] / np.where(both > 0, both, 1)
    np.testing.assert_allclose(ours.f1[cases.tested], harmonic, **EXACT)


def test_reciprocal_rank_agrees_with_trec_eval(cases):
    np.testing.assert_allclose(reciprocal_rank(cases.ranks)[cases.tested], trec(cases, RR), **EXACT)


@pytest.mark.parametrize("k", CUTOFFS)
def test_ndcg_agrees_with_scikit_learn(cases, k):
    ours = metrics_at(cases.ranks, k).ndcg
    order = cases.order
    several = 0
    for customer, _, truth in cases.rows():
        places = order[customer, cases.candidates[customer]]
        if len(places) > 1:  # it refuses a single document
            assert ours[customer] == pytest.approx(ndcg_score([truth], [-places], k=k), abs=1e-9)
            several += 1
    assert several > 500


def test_average_precision_over_the_whole_list_agrees_with_scikit_learn(cases):
    ours = metrics_at(cases.ranks, N_PRODUCTS).map
    order = cases.order
    theirs = {
        customer: average_precision_score(truth, -order[customer, cases.candidates[customer]])
        for customer, _, truth in cases.rows()
    }
    np.testing.assert_allclose(ours[list(theirs)], list(theirs.values()), **EXACT)


def test_auc_agrees_with_scikit_learn_and_is_unknown_where_that_is(cases):
    ours = auc(cases.ranks)
    known = {customer: roc_auc_score(truth, scores) for customer, scores, truth in cases.rows() if not truth.all()}
    assert np.flatnonzero(~np.isnan(ours)).tolist() == list(known)
    np.testing.assert_allclose(ours[list(known)], list(known.values()), **EXACT)


@pytest.mark.parametrize("k", CUTOFFS)
def test_top_lists_are_the_first_places_of_the_order(cases, k):
    order = cases.order
    np.testing.assert_array_equal(top_mask(cases.masked, cases.candidates, k), (order >= 0) & (order < k))


@pytest.mark.parametrize("k", [1, 5])
def test_metrics_by_product_agree_with_scikit_learn(cases, k):
    order = cases.order
    offered = (order >= 0) & (order < k)
    tally = tally_products(top_mask(cases.masked, cases.candidates, k), cases.relevant)
    for name, theirs in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        values = theirs(cases.relevant, offered, average=None, zero_division=np.nan)
        np.testing.assert_allclose(getattr(tally, name), values, **EXACT, err_msg=name)


def test_log_loss_agrees_with_scikit_learn(cases):
    calibration = Calibration(0.7)
    log_probabilities = calibration.log_probabilities(cases.masked)
    ours = our_log_loss(log_probabilities, cases.relevant)
    for customer, scores, truth in cases.rows():
        weights = np.exp(scores.astype(np.float64) * 0.7)
        labels = np.arange(len(scores))
        if len(labels) > 1:  # it refuses a single label
            # One sample for each relevant product, all with the same probabilities.
            right = np.flatnonzero(truth)
            expected = log_loss(right, np.tile(weights / weights.sum(), (len(right), 1)), labels=labels)
            assert ours[customer] == pytest.approx(expected, abs=1e-9)
    assert np.flatnonzero(~np.isnan(ours)).tolist() == cases.tested.tolist()


def test_auc_by_product_agrees_with_scikit_learn(cases):
    found = measure_gains(cases.scores.T, cases.candidates, cases.relevant)
    for product in range(N_PRODUCTS):
        may = cases.candidates[:, product]
        theirs = roc_auc_score(cases.relevant[may, product], cases.scores[may, product])
        assert found.auc[product] == pytest.approx(theirs, abs=1e-9)


def test_gains_by_product_agree_with_addressing_one_group_of_equals_after_another(cases):
    found = measure_gains(cases.scores.T, cases.candidates, cases.relevant)
    for product in range(N_PRODUCTS):
        may = cases.candidates[:, product]
        scores, truth = cases.scores[may, product], cases.relevant[may, product]
        for place, share in enumerate(SHARES):
            left, captured = share * len(scores), 0.0
            for value in sorted(set(scores.tolist()), reverse=True):
                group = scores == value
                captured += truth[group].sum() * min(1.0, left / group.sum())
                left = max(0.0, left - group.sum())
            assert found.captured[product, place] == pytest.approx(captured, abs=1e-9)
