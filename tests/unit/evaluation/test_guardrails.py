from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, selection_rate

from recsys.evaluation.gate import Rankings
from recsys.evaluation.guardrails import Conduct, Limits, broken_rails, worse_slices
from recsys.evaluation.parity import group_parity
from recsys.evaluation.slices import Slicing

LIMITS = Limits(0.02, 0.2, 0.1)
GOOD = Conduct(0.8, 0.03, 0.01, {"gender": 0.9}, {"gender": 0.95})


def test_candidate_within_its_limits_breaks_nothing():
    assert broken_rails(GOOD, LIMITS) == []
    assert broken_rails(Conduct(0.8, float("nan"), float("nan"), {}, {}), LIMITS) == []


@pytest.mark.parametrize(
    ("conduct", "words"),
    [
        (Conduct(0.1, 0.03, 0.01, {}, {}), "10% of the products"),
        (Conduct(0.8, 0.2, 0.05, {}, {}), "off by 0.200"),
    ],
)
def test_each_limit_is_held(conduct: Conduct, words: str):
    (broken,) = broken_rails(conduct, LIMITS)
    assert words in broken


def test_error_that_few_customers_explain_breaks_no_limit():
    assert broken_rails(Conduct(0.8, 0.12, 0.04, {}, {}), LIMITS) == []
    assert len(broken_rails(Conduct(0.8, 0.12, 0.01, {}, {}), LIMITS)) == 1


def test_sound_model_seldom_breaks_the_rail_of_one_of_many_slices():
    slices = {f"region={place}": np.arange(400) // 50 == place for place in range(8)}
    broken = 0
    for seed in range(40):
        some, other = np.random.default_rng(seed).normal(0.5, 0.3, (2, 400))
        rankings = Rankings({"popularity": some, "hybrid": other}, np.arange(400), seed)
        broken += bool(worse_slices(rankings, slices, "hybrid", "popularity", 0.02))
    # One is to be expected; without minding that there are eight slices it would be seven.
    assert broken <= 3


def test_parity_is_reported_and_only_enforced_where_a_limit_is_set():
    unequal = Conduct(0.8, 0.03, 0.01, {"gender": 0.4}, {"gender": 0.5})
    assert broken_rails(unequal, LIMITS) == []
    enforced = broken_rails(unequal, Limits(0.02, 0.2, 0.1, min_exposure_parity=0.8, min_precision_parity=0.8))
    assert [sentence.split(" is ")[0] for sentence in enforced] == [
        "exposure parity between groups of gender",
        "precision parity between groups of gender",
    ]


def test_parity_that_could_not_be_measured_keeps_no_limit_that_is_enforced():
    limits = Limits(0.02, 0.2, 0.1, min_exposure_parity=0.5, min_precision_parity=0.6)
    unmeasured = Conduct(0.8, 0.03, 0.01, {"gender": 0.9, "age_band": float("nan")}, {"gender": float("nan")})
    assert broken_rails(unmeasured, LIMITS) == []
    assert broken_rails(unmeasured, limits) == [
        "exposure parity between groups of age_band could not be measured, 0.5 is the least",
        "precision parity between groups of gender could not be measured, 0.6 is the least",
    ]
    nothing_named = broken_rails(Conduct(0.8, 0.03, 0.01, {}, {}), limits)
    assert [sentence.split(":")[0] for sentence in nothing_named] == [
        "exposure parity could not be measured",
        "precision parity could not be measured",
    ]


def test_slice_that_loses_for_certain_is_named_and_a_small_one_is_not():
    n = 600
    noise = np.random.default_rng(2).normal(0, 0.05, n)
    is_retail, is_tiny = np.arange(n) < 200, np.arange(n) >= n - 20
    ndcg = {"popularity": 0.5 + noise, "hybrid": 0.6 + np.roll(noise, 3)}
    ndcg["hybrid"][is_retail | is_tiny] -= 0.2
    rankings = Rankings(ndcg, np.arange(n), seed=1)
    slices = {"segment=retail": is_retail, "segment=tiny": is_tiny, "segment=other": ~is_retail & ~is_tiny}
    (worse,) = worse_slices(rankings, slices, "hybrid", "popularity", 0.02)
    assert worse.startswith("segment=retail (200 customers) loses 0.0999")
    assert worse_slices(rankings, slices, "hybrid", "popularity", 0.2) == []


def test_parity_is_the_ratio_of_the_least_to_the_most_served_group():
    # Of 100 women 60 are offered product 0, of 100 men 30; all are offered product 1, which half of the women took.
    groups = Slicing("gender", np.repeat([0, 1, -1], [100, 100, 40]).astype(np.int32), ("female", "male"))
    is_top = np.zeros((240, 2), bool)
    is_top[:60, 0] = is_top[100:130, 0] = is_top[200:, 0] = True
    is_top[:, 1] = True
    relevant = np.zeros((240, 2), bool)
    relevant[50:100, 1] = True
    parity = group_parity(is_top, relevant, groups, np.arange(240))
    assert parity.exposure == pytest.approx((90 * 30 / 60 + 200 * 1) / 290)
    # Ten of the fifty women who took it had two products in their list, the others one.
    assert parity.precision_by_group == pytest.approx({"female": (10 * 0.5 + 40 * 1) / 100, "male": 0})
    assert parity.precision == 0


def test_one_group_has_nothing_to_be_compared_with():
    groups = Slicing("gender", np.repeat([0, 1], [100, 10]).astype(np.int32), ("female", "male"))
    parity = group_parity(np.ones((110, 2), bool), np.ones((110, 2), bool), groups, np.arange(110))
    assert np.isnan(parity.exposure)
    assert parity.precision_by_group == {}


def test_everybody_is_exposed_and_only_who_is_tested_has_a_precision():
    generator = np.random.default_rng(8)
    groups = Slicing("gender", generator.integers(-1, 3, 900).astype(np.int32), ("female", "male", "other"))
    is_top = generator.random((900, 6)) < np.array([0.9, 0.5, 0.4, 0.2, 0.1, 0.01])
    relevant, tested = generator.random((900, 6)) < 0.3, np.arange(0, 900, 2)
    parity = group_parity(is_top, relevant, groups, tested)
    is_known = groups.codes >= 0
    ratios = [
        MetricFrame(
            metrics=selection_rate,
            y_true=one,
            y_pred=one,
            sensitive_features=groups.codes[is_known],
        ).ratio()
        for one in is_top[is_known, :5].astype(int).T
    ]
    assert parity.exposure == pytest.approx(np.average(ratios, weights=is_top[is_known, :5].sum(axis=0)))
    men = tested[groups.codes[tested] == 1]
    hits = (is_top & relevant)[men].sum(axis=1) / np.maximum(is_top[men].sum(axis=1), 1)
    assert parity.precision_by_group["male"] == pytest.approx(hits.mean())
    # Too few are tested for a precision, and of the exposure of all that says nothing.
    few = group_parity(is_top, relevant, groups, tested[:90])
    assert np.isnan(few.precision)
    assert few.exposure == parity.exposure
