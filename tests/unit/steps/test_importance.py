from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from recsys.evaluation.figures.importance import importance_figure
from recsys.evaluation.importance import Importance
from recsys.evaluation.splits import Fold
from recsys.evaluation.trial import Trial
from recsys.features.encoder import fit_encoder
from recsys.features.hiding import PRODUCTS_OWNED
from recsys.models.candidates import fit
from recsys.models.ease import EaseRecipe
from recsys.models.examples import Openings, TrainingSet
from recsys.models.logistic import LogisticRecipe
from recsys.models.recipe import Recipe
from recsys.settings import Settings
from recsys.steps.training.folds import FoldData, Known
from recsys.steps.training.importance import ImportanceStudy

N, PRODUCTS = 4_000, tuple(f"p{number}" for number in range(8))
DECIDED, FOLLOWING, OWNED = 0, 7, 6
DAY = date(2024, 6, 30)


def fold() -> FoldData:
    """Segment decides who takes p0, owning p6 who takes p7; region and income decide nothing."""
    chance = np.random.default_rng(5)
    is_plus, holds = chance.random(N) < 0.5, chance.random(N) < 0.5
    taken = chance.integers(1, 6, N)
    taken = np.where(is_plus & (chance.random(N) < 0.6), DECIDED, taken)
    taken = np.where(holds & (chance.random(N) < 0.5), FOLLOWING, taken)
    table = pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(N)],
            "annual_income": chance.normal(50_000, 9_000, N),
            "region": [f"r{number}" for number in chance.integers(0, 4, N)],
            "segment": ["plus" if plus else "basic" for plus in is_plus],
            "held_product_ids": pa.array([["p6"] if one else [] for one in holds], pa.list_(pa.string())),
        }
    )
    encoder = fit_encoder(table, PRODUCTS)
    never = np.full(len(PRODUCTS), np.datetime64("NaT", "D"))
    known = np.arange(N // 2)
    before, after = np.flatnonzero(holds), np.arange(N // 2, N)
    customer, product = np.concatenate([before, known]), np.concatenate([np.full(len(before), OWNED), taken[known]])
    opened = np.where(np.arange(len(customer)) < len(before), np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    openings = Openings(customer, product, opened, np.full(len(customer), np.datetime64("NaT", "D")))
    training = TrainingSet(encoder.transform(table), openings, DAY, never, never, ((),) * 8, PRODUCTS)
    relevant = np.zeros((N, 8), np.bool_)
    relevant[after, taken[after]] = True
    candidates = ~training.customers.held
    trial = Trial(candidates, relevant)
    known_then = Known(encoder, training, openings, openings.take(slice(0, 0)), len(training.customers), 0, 0)
    return FoldData(Fold(DAY, date(2024, 8, 29)), known_then, trial, after, (), False)


@pytest.fixture(scope="module")
def data() -> FoldData:
    return fold()


def study(data: FoldData, recipe: Recipe, n_customers: int = 5_000) -> ImportanceStudy:
    settings = Settings(importance_repeats=3, importance_customers=n_customers)
    found = ImportanceStudy(recipe.kind, recipe, settings)
    model = fit(recipe, data.known.encoder, data.known.training)
    found.look("another", model, data, True)
    found.look(recipe.kind, model, data, True)
    return found


@pytest.fixture(scope="module")
def found(data) -> Mapping[tuple[str, str], Importance]:
    return {(one.way, one.taken): one for one in study(data, LogisticRecipe()).found()}


def test_feature_that_decides_a_product_is_found_for_that_product(found):
    segment = found["permuted", "segment"]
    assert segment.overall.lower > 0.02
    assert segment.of_product[DECIDED].lower > 0.1
    assert segment.of_product[DECIDED].mean == max(interval.mean for interval in segment.of_product.values())


def test_intervals_of_features_that_decide_nothing_contain_zero(found):
    for noise in ("region", "annual_income"):
        overall = found["permuted", noise].overall
        assert overall.lower <= 0 <= overall.upper
        assert abs(overall.mean) < 0.005


def test_owned_products_are_found_for_the_product_that_follows_them(found):
    for way in ("hidden", "left out"):
        owned = found[way, PRODUCTS_OWNED]
        assert owned.of_product[FOLLOWING].lower > 0.1
        assert owned.of_product[FOLLOWING].mean == max(interval.mean for interval in owned.of_product.values())


def test_source_of_the_deciding_feature_is_missed_by_a_model_fitted_without_it(found):
    assert {taken for way, taken in found if way == "left out"} == {"master data", PRODUCTS_OWNED}
    # Everybody is offered the product that half of them take, so it is the others that are found less well.
    assert found["left out", "master data"].overall.lower > 0.02


def test_greatest_loss_comes_first_within_each_way(found):
    permuted = [one.overall.mean for (way, _), one in found.items() if way == "permuted"]
    assert permuted == sorted(permuted, reverse=True)


def test_same_seed_finds_the_same_on_a_sample_of_customers(data):
    first, second = (study(data, LogisticRecipe(), n_customers=300) for _ in range(2))
    assert first.losses is not None
    assert len(set(first.losses.customer.tolist())) == 300
    assert first.found() == second.found()


def test_two_folds_are_one_study_in_which_sources_are_left_out_of_the_last_only(data):
    both = ImportanceStudy("logistic", LogisticRecipe(), Settings(importance_repeats=1))
    model = fit(LogisticRecipe(), data.known.encoder, data.known.training)
    both.look("logistic", model, data, False)
    assert {one.way for one in both.found()} == {"permuted", "hidden"}
    both.look("logistic", model, data, True)
    assert both.losses is not None
    assert len(both.losses.product) == 2 * (N // 2)
    assert np.isnan(both.losses.lost["left out", "master data"]).sum() == N // 2
    assert np.isfinite([one.overall.mean for one in both.found()]).all()


def test_model_that_cannot_be_fitted_without_holdings_says_so(data):
    found = study(data, EaseRecipe())
    assert "Nobody owns anything" in found.unfitted[PRODUCTS_OWNED]
    assert {one.taken for one in found.found() if one.way == "left out"} == {"master data"}


def test_nothing_is_measured_where_no_repeats_are_wanted(data):
    off = ImportanceStudy("ease", EaseRecipe(), Settings(importance_repeats=0))
    off.look("ease", fit(EaseRecipe(), data.known.encoder, data.known.training), data, True)
    assert off.found() == []


def test_picture_has_a_bar_for_each_thing_and_a_cell_for_each_product(found):
    figure = importance_figure("logistic", list(found.values()), PRODUCTS)
    bars, heat, sources, _ = figure.axes
    assert [label.get_text() for label in bars.get_yticklabels()][:2] in (
        ["segment", "products owned (not shown)"],
        ["products owned (not shown)", "segment"],
    )
    assert len(bars.patches) == 4
    assert heat.images[0].get_array().shape == (4, len(found["permuted", "segment"].of_product))
    assert len(sources.patches) == 2
