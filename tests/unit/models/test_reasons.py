from __future__ import annotations

import numpy as np

from recsys.features.block import CustomerBlock
from recsys.models.base import NO_REASON
from recsys.models.reasons import contrasts, strongest, table_contributions

# Two features of one attribute, two products.
TABLE = np.array([[0.5, -0.5], [-0.5, 0.5], [0.0, 0.3], [0.1, 0.0]], dtype=np.float32)
# Numbered after the rows of the table.
POPULAR, AVAILABLE = 4, 5


def customer(code: int, held: list[bool]) -> CustomerBlock:
    return CustomerBlock(
        np.array([b"k"]), np.array([[code]], dtype=np.int32), np.zeros((1, 1), np.float32), np.array([held])
    )


def explained(who: CustomerBlock, products: list[int], popular: tuple[bool, bool] = (False, False)) -> list[list[int]]:
    chosen = np.array([products])
    said = table_contributions(who, chosen, TABLE)
    return strongest(said, who, chosen, len(TABLE) - 2, np.array(popular), 2)[0].tolist()


def test_only_what_speaks_for_the_product_is_a_reason_strongest_first():
    assert explained(customer(1, [True, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [1, 2]]


def test_products_not_held_and_unknown_features_are_no_reason():
    assert explained(customer(-1, [False, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [AVAILABLE, NO_REASON]]


def test_popularity_is_the_reason_where_nothing_personal_is():
    who = customer(-1, [False, False])
    assert explained(who, [0, 1], (True, False)) == [[POPULAR, NO_REASON], [AVAILABLE, NO_REASON]]


def test_empty_place_has_no_reason():
    assert explained(customer(0, [False, False]), [-1], (True, True)) == [[NO_REASON, NO_REASON]]


def test_contrast_is_what_a_feature_says_beyond_the_average_customer_and_product():
    features = np.array([[2.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    held = np.array([[0.0, 1.0], [0.0, 0.0]], dtype=np.float32)
    shares = np.array([0.5, 0.5], dtype=np.float32)
    table = contrasts(features, held, shares, np.array([0.5, 0.0], dtype=np.float32), np.array([0, 2], dtype=np.int32))
    # Half have each feature: averages 1 and 0; then the row's mean over the two products is taken.
    np.testing.assert_allclose(table, [[0.5, -0.5], [-0.5, 0.5], [-0.25, 0.25], [0.0, 0.0]])
