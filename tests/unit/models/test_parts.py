from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.features.block import CustomerBlock
from recsys.models.parts import CentredSums
from recsys.models.tokens import neighbours_of


def customer(code: int, held: list[bool]) -> CustomerBlock:
    return CustomerBlock(
        np.array([b"k"]), np.array([[code]], dtype=np.int32), np.zeros((1, 1), np.float32), np.array([held])
    )


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
