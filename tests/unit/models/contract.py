"""What every recommender must do; a test class per candidate inherits it and names its recipe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys.explanation.strongest import NO_REASON, explain
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import Recommender
from recsys.models.bundle import bundle_of, read_bundle, write_bundle
from recsys.models.candidates import fit
from recsys.models.examples import TrainingSet
from recsys.models.popularity import PopularityRecipe, fit_popularity
from recsys.models.recipe import Recipe
from recsys.ranking.top_n import rank_top_n

from .checkerboard import (
    N_CUSTOMERS,
    N_PRODUCTS,
    PRODUCT_IDS,
    board,
    marking_board,
    missing_product,
    open_telling,
    strangers_of_all_kinds,
)


class RecommenderContract:
    recipe: Recipe

    @pytest.fixture(scope="class")
    def bank(self) -> tuple[CustomerEncoder, TrainingSet]:
        return board()

    @pytest.fixture(scope="class")
    def model(self, bank: tuple[CustomerEncoder, TrainingSet]) -> Recommender:
        return fit(self.recipe, *bank)

    def test_scores_have_a_row_per_customer_and_a_column_per_product(self, bank, model):
        scores = model.score(bank[1].customers)
        assert scores.shape == (N_CUSTOMERS, N_PRODUCTS)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()
        assert model.product_ids == PRODUCT_IDS

    def test_block_and_single_customers_get_the_same(self, bank, model):
        customers = bank[1].customers
        whole = model.score(customers)
        places = np.argsort(-whole, axis=1)[:, :3]
        telling = open_telling(bank[0])
        reasons = explain(model, telling, customers, places)
        for row in (0, 7, N_CUSTOMERS - 1):
            one = customers.take(slice(row, row + 1))
            np.testing.assert_allclose(model.score(one)[0], whole[row], rtol=1e-5, atol=1e-6)
            np.testing.assert_array_equal(explain(model, telling, one, places[row : row + 1])[0], reasons[row])

    def test_cold_customer_gets_an_answer(self, bank, model):
        encoder, _ = bank
        stranger = encoder.transform(
            pa.table(
                {
                    "person_key": ["ffffffff-ffff-4fff-8fff-ffffffffffff"],
                    "annual_income": pa.array([None], pa.float64()),
                    "segment": pa.array([None], pa.string()),
                    "held_product_ids": pa.array([[]], pa.list_(pa.string())),
                }
            )
        )
        assert np.isfinite(model.score(stranger)).all()

    def test_same_seed_gives_the_same_scores(self, bank, model):
        again = fit(self.recipe, *bank)
        np.testing.assert_array_equal(again.score(bank[1].customers), model.score(bank[1].customers))

    def test_refitting_is_a_fresh_fit_and_leaves_the_data_as_it_was(self, bank):
        encoder, training = bank
        before = training.customers.held.copy(), training.openings.product.copy(), training.openings.opened.copy()
        fresh = fit(self.recipe, *board())
        other = replace(training, openings=training.openings.take(training.openings.product != 1))
        fit(self.recipe, encoder, other)
        again = fit(self.recipe, encoder, training)
        np.testing.assert_array_equal(again.score(training.customers), fresh.score(training.customers))
        after = training.customers.held, training.openings.product, training.openings.opened
        for was, now in zip(before, after, strict=True):
            np.testing.assert_array_equal(was, now)

    def test_mark_that_a_product_leaves_on_its_owner_ranks_nothing(self):
        encoder, training, mark = marking_board()
        marked = fit(self.recipe, encoder, training).score(training.customers)
        unmarked = fit(self.recipe, encoder, training.without_attributes([mark])).score(training.customers)
        np.testing.assert_array_equal(marked, unmarked)

    def test_held_products_are_never_ranked(self, bank, model):
        customers = bank[1].customers
        ranking = rank_top_n(model.score(customers), ~customers.held, 3)
        rows, places = np.nonzero(ranking.is_filled)
        assert len(rows) == 3 * N_CUSTOMERS
        assert not customers.held[rows, ranking.products[rows, places]].any()

    def test_list_longer_than_what_is_left_holds_all_that_is_left(self, bank, model):
        customers = bank[1].customers
        ranking = rank_top_n(model.score(customers), ~customers.held, N_PRODUCTS + 5)
        for row, products in enumerate(ranking.products):
            assert set(products[products >= 0].tolist()) == set(np.flatnonzero(~customers.held[row]).tolist())

    def test_customer_of_whom_no_product_is_shown_gets_reasoned_answers(self, bank, model):
        encoder, training = bank
        nobody = np.full(N_CUSTOMERS, b"ffffffff-ffff-4fff-8fff-ffffffffffff")
        customers = encoder.with_held(
            replace(training.customers, person_keys=nobody), np.zeros_like(training.customers.held)
        )
        scores = model.score(customers)
        assert np.isfinite(scores).all()
        telling = open_telling(encoder)
        reasons = explain(model, telling, customers, np.argsort(-scores, axis=1)[:, :3])
        assert (reasons[..., 0] != NO_REASON).all()
        assert not any(telling.reasons[number].code.startswith("holds:") for number in np.unique(reasons[reasons >= 0]))

    def test_saving_and_loading_changes_nothing(self, bank, model, tmp_path: Path):
        encoder, training = bank
        floor = fit_popularity(PopularityRecipe(), encoder, training)
        write_bundle(bundle_of(model, floor, encoder, self.recipe), tmp_path)
        loaded = read_bundle(tmp_path)
        customers = training.customers
        places = np.argsort(-model.score(customers), axis=1)[:, :4]
        np.testing.assert_array_equal(loaded.recommender.score(customers), model.score(customers))
        before, after = (one.parts(customers, places) for one in (model, loaded.recommender))
        np.testing.assert_array_equal(after.contributions, before.contributions)
        np.testing.assert_array_equal(loaded.recommender.noise, model.noise)
        np.testing.assert_array_equal(loaded.popularity.score(customers), floor.score(customers))
        assert (loaded.recipe, loaded.encoder) == (self.recipe, encoder)

    def test_reasons_are_known_and_true_of_the_customer(self, bank, model):
        encoder, training = bank
        customers = training.customers
        places = np.argsort(-model.score(customers), axis=1)
        telling = open_telling(encoder)
        reasons = explain(model, telling, customers, places, 2)
        assert reasons.shape == (N_CUSTOMERS, N_PRODUCTS, 2)
        assert reasons.min() >= NO_REASON
        assert reasons.max() < len(telling.reasons)
        for row in range(10):
            true_codes = self._codes_true_of(encoder, training, row)
            given = {telling.reasons[number].code for number in reasons[row].ravel() if number != NO_REASON}
            assert given <= true_codes
        assert (reasons[..., 0] != NO_REASON).all()

    def test_account_of_a_score_adds_up_to_it(self, bank, model):
        encoder, training = bank
        chance = np.random.default_rng(5)
        for customers in (training.customers, strangers_of_all_kinds(encoder, 200)):
            scores = model.score(customers)
            products = chance.permuted(np.tile(np.arange(N_PRODUCTS), (len(customers), 1)), axis=1)[:, :7]
            parts = model.parts(customers, products)
            assert parts.base.dtype == parts.contributions.dtype == np.float32
            assert parts.contributions.shape == (*products.shape, len(encoder.thing_names))
            sums = parts.base + parts.contributions.sum(axis=-1)
            np.testing.assert_allclose(sums, np.take_along_axis(scores, products, 1), rtol=1e-5, atol=1e-5)

    def test_empty_place_has_an_empty_account(self, bank, model):
        customers = bank[1].customers
        parts = model.parts(customers, np.tile([3, -1], (N_CUSTOMERS, 1)))
        assert not parts.base[:, 1].any()
        assert not parts.contributions[:, 1].any()

    def test_reasons_are_the_greatest_contributions_that_may_be_told(self, bank, model):
        encoder, training = bank
        customers = training.customers.take(slice(0, 20))
        places = np.argsort(-model.score(customers), axis=1)[:, :3]
        telling = open_telling(encoder)
        telling = replace(telling, may_tell=np.random.default_rng(3).random(telling.may_tell.shape) < 0.7)
        reasons, parts = explain(model, telling, customers, places, 2), model.parts(customers, places)
        noise = np.broadcast_to(model.noise, N_PRODUCTS)
        for row, place in np.ndindex(places.shape):
            adds = dict(zip(encoder.thing_names, parts.contributions[row, place], strict=True))
            codes = [telling.reasons[number].code for number in reasons[row, place] if number != NO_REASON]
            told = [code if code.startswith("holds:") else code.split(":")[0] for code in codes]
            given = [adds[thing] for thing in told if thing in adds]
            assert given == sorted(given, reverse=True)
            assert all(one > 0 for one in given)
            may_tell = telling.may_tell[places[row, place]]
            is_known = [
                *(code >= 0 and may_tell[code] for code in customers.codes[row]),
                *(customers.held[row] & may_tell[encoder.n_features :]),
            ]
            others = [
                adds[thing]
                for thing, known in zip(encoder.thing_names, is_known, strict=True)
                if known and thing not in told
            ]
            most = max(others, default=0)
            assert most <= (min(given) if len(given) == 2 else noise[places[row, place]])

    def test_empty_place_in_a_list_has_no_reason(self, bank, model):
        places = np.full((N_CUSTOMERS, 2), -1)
        assert (explain(model, open_telling(bank[0]), bank[1].customers, places) == NO_REASON).all()

    def test_order_of_customers_does_not_matter(self, bank, model):
        customers = bank[1].customers
        backwards = np.arange(N_CUSTOMERS)[::-1]
        np.testing.assert_allclose(
            model.score(customers.take(backwards)), model.score(customers)[backwards], rtol=1e-5, atol=1e-6
        )

    @staticmethod
    def _codes_true_of(encoder: CustomerEncoder, training: TrainingSet, row: int) -> set[str]:
        names = [
            f"{vocabulary.attribute.name}:{code}" for vocabulary in encoder.vocabularies for code in vocabulary.names()
        ]
        known = {names[code] for code in training.customers.codes[row] if code >= 0}
        held = {f"holds:{PRODUCT_IDS[product]}" for product in np.flatnonzero(training.customers.held[row])}
        return known | held | {"popular", "available"}


class PersonalRecommenderContract(RecommenderContract):
    def test_missing_square_of_the_checkerboard_is_found(self, bank, model):
        customers = bank[1].customers
        best = np.where(customers.held, -np.inf, model.score(customers)).argmax(axis=1)
        found = best == [missing_product(number) for number in range(N_CUSTOMERS)]
        assert found.mean() > 0.95


def longer(recipe: Recipe, n_epochs: int) -> Recipe:
    """The recipe with epochs enough for a tiny bank."""
    return replace(recipe, n_epochs=n_epochs)
