from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from recsys.explanation.strongest import explain
from recsys.features.encoder import fit_encoder
from recsys.models.candidates import fit
from recsys.models.examples import build_rows
from recsys.models.popularity import PRIOR_CUSTOMERS
from recsys.models.segment_popularity import SegmentPopularityRecipe
from recsys.models.segments import Segmentation, find_segmentation

from .checkerboard import N_CUSTOMERS, N_PRODUCTS, PRODUCT_IDS, board, customers, open_telling
from .contract import PersonalRecommenderContract

RECIPE = SegmentPopularityRecipe(seed=3)


class TestSegmentPopularity(PersonalRecommenderContract):
    recipe = RECIPE


def test_rate_of_a_segment_is_its_openings_per_customer_without_the_product_smoothed_by_the_banks():
    encoder, training = board()
    training = replace(
        training,
        openings=replace(training.openings, opened=np.full(len(training.openings), training.known_at, "M8[D]")),
    )
    model = fit(replace(RECIPE, prior_customers=10.0), encoder, training)
    even = model.segmentation.segments(training.customers)[0]
    # Of the 60 even customers 48 opened and hold product 0, of the odd ones nobody.
    of_bank = (48 + 0.5) / (N_CUSTOMERS - 48 + PRIOR_CUSTOMERS)
    np.testing.assert_allclose(np.exp(model.rates[even, 0]), (48 + 10 * of_bank) / (12 + 10), rtol=1e-6)
    np.testing.assert_allclose(np.exp(model.rates[-1, 0]), of_bank, rtol=1e-6)


def test_attribute_that_tells_most_about_what_is_opened_makes_the_segments():
    encoder, training = board()
    rows = build_rows(encoder, training, 365.0)
    names = [vocabulary.attribute.name for vocabulary in encoder.vocabularies]
    shuffled = rows.customers.codes.copy()
    segment, income = names.index("segment"), names.index("annual_income")
    chance = np.random.default_rng(0)
    for told, untold in ((segment, income), (income, segment)):
        codes = shuffled.copy()
        codes[:, untold] = chance.permutation(codes[:, untold])
        noisy = replace(rows, customers=replace(rows.customers, codes=codes))
        assert find_segmentation(encoder, noisy).attribute == told


def test_many_small_segments_that_tell_nothing_seldom_win_over_two_that_tell_nothing():
    chance = np.random.default_rng(1)
    table = customers().drop_columns("annual_income")
    table = table.append_column("age_years", pa.array(chance.uniform(20, 80, N_CUSTOMERS)))
    encoder = fit_encoder(table, PRODUCT_IDS)
    rows = build_rows(encoder, replace(board()[1], customers=encoder.transform(table)), 365.0)
    sizes = {vocabulary.attribute.name: len(vocabulary) for vocabulary in encoder.vocabularies}
    assert (sizes["age_years"], sizes["segment"]) == (8, 2)
    found = []
    for _ in range(20):
        codes = rows.customers.codes.copy()
        codes[:, :2] = np.column_stack([chance.permutation(codes[:, 0]), chance.permutation(codes[:, 1])])
        noisy = replace(rows, customers=replace(rows.customers, codes=codes))
        found.append(find_segmentation(encoder, noisy).n_segments)
    # By the likelihood of the openings that were counted themselves, eight segments win every time.
    assert found.count(2) > 10


def test_customer_of_unknown_segment_gets_the_rates_of_the_bank():
    encoder, training = board()
    model = fit(RECIPE, encoder, training)
    unknown = replace(training.customers, codes=np.full_like(training.customers.codes, -1))
    np.testing.assert_array_equal(model.score(unknown), np.tile(model.rates[-1], (N_CUSTOMERS, 1)))


def test_bank_without_attributes_is_one_segment():
    table = customers().select(["person_key", "held_product_ids"])
    encoder = fit_encoder(table, PRODUCT_IDS)
    training = replace(board()[1], customers=encoder.transform(table))
    model = fit(RECIPE, encoder, training)
    assert model.segmentation == Segmentation(-1, 0, 0)
    assert model.score(training.customers).shape == (N_CUSTOMERS, N_PRODUCTS)
    telling = open_telling(encoder)
    reasons = explain(model, telling, training.customers, np.zeros((N_CUSTOMERS, 1), np.int64))
    assert {telling.reasons[number].code for number in reasons[..., 0].ravel()} <= {"popular", "available"}


def test_segment_is_a_reason_where_it_lifts_the_product():
    encoder, training = board()
    model = fit(RECIPE, encoder, training)
    attribute = model.segmentation.attribute
    assert encoder.thing_names[attribute] == "annual_income"
    telling = open_telling(encoder)
    for customer in (0, 1):
        one, product = training.customers.take([customer]), np.array([[customer]])
        assert model.parts(one, product).contributions[0, 0, attribute] > 0
        said = explain(model, telling, one, product, 1)[0, 0, 0]
        assert telling.reasons[said].code.startswith("annual_income:")
