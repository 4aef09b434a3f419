from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.features.block import CustomerBlock
from recsys.models.base import NO_REASON
from recsys.models.parts import CentredSums, Parts
from recsys.models.reasons import strongest, told
from recsys.models.tokens import neighbours_of

# Two products; numbers of the reasons that fit anybody come after two features and them.
POPULAR, AVAILABLE = 4, 5
# What the one attribute and the two products held say for each of the two products.
OF_CODE = {0: [0.5, -0.5], 1: [-0.5, 0.5], -1: [0.9, 0.9]}
OF_HELD = [[0.0, 0.1], [0.3, 0.0]]


def customer(code: int, held: list[bool]) -> CustomerBlock:
    return CustomerBlock(
        np.array([b"k"]), np.array([[code]], dtype=np.int32), np.zeros((1, 1), np.float32), np.array([held])
    )


def explained(who: CustomerBlock, products: list[int], popular: tuple[bool, bool] = (False, False)) -> list[list[int]]:
    chosen = np.array([products])
    of_attribute = OF_CODE[int(who.codes[0, 0])]
    adds = [[[of_attribute[product], *OF_HELD[product]] for product in products]]
    parts = Parts(np.zeros((1, len(products)), np.float32), np.array(adds, np.float32))
    return strongest(told(parts, who, np.array([True, True])), who, chosen, 2, np.array(popular), 2)[0].tolist()


def test_only_what_speaks_for_the_product_is_a_reason_strongest_first():
    assert explained(customer(1, [True, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [1, 2]]


def test_products_not_held_and_unknown_features_are_no_reason():
    assert explained(customer(-1, [False, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [AVAILABLE, NO_REASON]]


def test_popularity_is_the_reason_where_nothing_personal_is():
    who = customer(-1, [False, False])
    assert explained(who, [0, 1], (True, False)) == [[POPULAR, NO_REASON], [AVAILABLE, NO_REASON]]


def test_empty_place_has_no_reason():
    assert explained(customer(0, [False, False]), [-1], (True, True)) == [[NO_REASON, NO_REASON]]


def test_account_of_sums_is_what_each_thing_says_beyond_the_average_customer_and_product():
    features = np.array([[2.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    held = np.array([[0.0, 1.0], [0.0, 0.0]], dtype=np.float32)
    # Half have each feature, and half hold the first product.
    sums = CentredSums(
        features, held, np.array([0.5, 0.5], np.float32), np.array([0.5, 0.0], np.float32), np.array([0, 2], np.int32)
    )
    parts = sums.parts(customer(0, [True, False]), np.array([[0, 1]]))
    # The feature: averages 1 and 0 are taken from 2 and 0, then the mean over products, 0.5. The product: half of 0, 1.
    np.testing.assert_allclose(parts.contributions[0], [[0.5, -0.25, 0.0], [-0.5, 0.25, 0.0]])
    # Average customer (1, 0) + (0, 0.5), and what both lift all products by: 0.5 + 0.25.
    np.testing.assert_allclose(parts.base[0], [1.75, 1.25])


def test_what_is_not_known_or_not_held_is_set_against_the_average_customer():
    features = np.array([[2.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    held = np.array([[0.0, 1.0], [0.0, 0.0]], dtype=np.float32)
    sums = CentredSums(
        features, held, np.array([0.5, 0.5], np.float32), np.array([0.5, 0.0], np.float32), np.array([0, 2], np.int32)
    )
    parts = sums.parts(customer(-1, [False, False]), np.array([[0, 1]]))
    np.testing.assert_allclose(parts.contributions[0], [[-0.5, 0.25, 0.0], [0.5, -0.25, 0.0]])
    np.testing.assert_allclose((parts.base + parts.contributions.sum(axis=-1))[0], [0, 0], atol=1e-6)


def test_number_that_leans_is_told_with_the_part_of_the_band_next_to_it():
    features = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    nothing = np.zeros((2, 2), np.float32)
    sums = CentredSums(features, nothing, np.array([0.5, 0.5], np.float32), nothing[0], np.array([0, 2], np.int32))
    leaning = replace(customer(0, [False, False]), lean=np.array([[0.25]], np.float32))
    parts = sums.parts(leaning, np.array([[0, 1, -1]]), neighbours_of(leaning))
    np.testing.assert_allclose(parts.contributions[0, :, 0], [0.25, -0.25, 0])
    np.testing.assert_allclose(parts.base[0], [0.5, 0.5, 0])
