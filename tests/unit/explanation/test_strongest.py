from __future__ import annotations

import numpy as np

from recsys.explanation.strongest import NO_REASON, strongest
from recsys.explanation.telling import Telling
from recsys.features.block import CustomerBlock

# Two products; numbers of the reasons that fit anybody come after two features and them.
POPULAR, AVAILABLE = 4, 5
# What the one attribute and the two products held say for each of the two products.
OF_CODE = {0: [0.5, -0.5], 1: [-0.5, 0.5], -1: [0.9, 0.9]}
OF_HELD = [[0.0, 0.1], [0.3, 0.0]]


def customer(code: int, held: list[bool]) -> CustomerBlock:
    return CustomerBlock(
        np.array([b"k"]), np.array([[code]], dtype=np.int32), np.zeros((1, 1), np.float32), np.array([held])
    )


def explained(
    who: CustomerBlock,
    products: list[int],
    popular: tuple[bool, bool] = (False, False),
    may_tell: tuple[tuple[bool, ...], ...] = ((True,) * 4, (True,) * 4),
) -> list[list[int]]:
    of_attribute = OF_CODE[int(who.codes[0, 0])]
    adds = [[[of_attribute[product], *OF_HELD[product]] for product in products]]
    telling = Telling((), np.array(may_tell), np.where(popular, POPULAR, AVAILABLE), np.full(2, AVAILABLE))
    return strongest(np.array(adds, np.float32), telling, who, np.array([products]), 2, 0.02)[0].tolist()


def test_only_what_speaks_for_the_product_is_a_reason_strongest_first():
    assert explained(customer(1, [True, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [1, 2]]


def test_products_not_held_and_unknown_features_are_no_reason():
    assert explained(customer(-1, [False, False]), [0, 1]) == [[AVAILABLE, NO_REASON], [AVAILABLE, NO_REASON]]


def test_popularity_is_the_reason_where_nothing_personal_is():
    who = customer(-1, [False, False])
    assert explained(who, [0, 1], (True, False)) == [[POPULAR, NO_REASON], [AVAILABLE, NO_REASON]]


def test_empty_place_has_no_reason():
    assert explained(customer(0, [False, False]), [-1], (True, True)) == [[NO_REASON, NO_REASON]]


def test_what_may_not_be_told_of_a_product_is_silent_for_it_alone():
    # The feature 0 is not told of the first product, and of the second not that the first one is held.
    may_tell = ((False, True, True, True), (True, True, False, True))
    assert explained(customer(0, [False, True]), [0, 1], may_tell=may_tell) == [[3, NO_REASON], [AVAILABLE, NO_REASON]]
    assert explained(customer(1, [True, False]), [1], may_tell=may_tell) == [[1, NO_REASON]]


def test_products_differ_in_what_is_noise():
    who, telling = customer(0, [False, True]), Telling((), np.ones((2, 4), np.bool_), *[np.full(2, AVAILABLE)] * 2)
    adds = np.array([[[0.05, 0.0, 0.0], [0.05, 0.0, 0.0]]], np.float32)
    noise = np.array([0.1, 0.02], np.float32)
    assert strongest(adds, telling, who, np.array([[0, 1]]), 1, noise)[0].tolist() == [[AVAILABLE], [0]]


def test_unknown_thing_that_would_say_most_takes_no_place_of_what_is_known():
    assert explained(customer(-1, [True, False]), [1]) == [[2, NO_REASON]]
