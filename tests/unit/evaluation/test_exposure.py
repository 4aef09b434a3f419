from __future__ import annotations

from math import log2

import numpy as np
import pytest

from recsys.evaluation.exposure import expose, known_products

HELD = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0]], dtype=bool)
LABELS = (("category:card",), ("category:card", "currency:EUR"), ("category:fund",), ())
PRODUCTS = known_products(HELD, LABELS)
EVERYTHING = np.ones((2, 4), dtype=bool)


def mask(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=bool)


def test_popularity_is_the_share_of_holders_and_surprise_stays_finite():
    assert PRODUCTS.popularity.tolist() == pytest.approx([3 / 3, 1 / 3, 1 / 3, 0])
    assert PRODUCTS.self_information.tolist() == pytest.approx([0, log2(4 / 2), log2(4 / 2), log2(4 / 1)])


def test_distance_of_products_is_what_their_labels_do_not_share():
    assert PRODUCTS.distances[0, 1] == PRODUCTS.distances[1, 0] == 1 - 1 / 2
    assert PRODUCTS.distances[0, 2] == 1
    assert PRODUCTS.distances[2, 3] == 1


def test_coverage_is_of_what_could_be_offered():
    candidates = mask([1, 1, 1, 0], [1, 1, 0, 0])
    assert expose(mask([1, 0, 1, 0], [1, 0, 0, 0]), candidates, None).coverage == pytest.approx(2 / 3)


def test_lists_are_averaged_over_their_products_and_then_over_customers():
    figures = expose(mask([0, 1, 0, 1], [1, 0, 0, 0]), EVERYTHING, PRODUCTS).metrics(5)
    assert figures["novelty_at_5"] == pytest.approx(((1 + 2) / 2 + 0) / 2)
    assert figures["popularity_at_5"] == pytest.approx(((1 / 3 + 0) / 2 + 1) / 2)


def test_diversity_is_the_mean_distance_within_lists_of_two_or_more():
    found = expose(mask([1, 1, 1, 0], [1, 0, 0, 0]), EVERYTHING, PRODUCTS)
    assert found.metrics(5)["diversity_at_5"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    both = found + expose(mask([1, 1, 0, 0]), EVERYTHING[:1], PRODUCTS)
    assert both.metrics(5)["diversity_at_5"] == pytest.approx(((1 / 2 + 1 + 1) / 3 + 1 / 2) / 2)


def test_customer_with_nothing_to_show_has_no_list():
    found = expose(mask([0, 1, 0, 0], [0, 0, 0, 0]), mask([1, 1, 1, 1], [0, 0, 0, 0]), PRODUCTS)
    assert found.metrics(5)["novelty_at_5"] == 1
    assert "diversity_at_5" not in found.metrics(5)


def test_gini_of_exposure():
    even = expose(mask([1, 1, 1, 1], [1, 1, 1, 1]), EVERYTHING, None)
    one = expose(mask([0, 1, 0, 0], [0, 1, 0, 0]), EVERYTHING, None)
    assert even.gini == 0
    assert one.gini == pytest.approx(1 - 1 / 4)
    # Mean absolute difference of 0, 0, 1, 2 over twice their mean: pairs |0-1| x 2, |0-2| x 2, |1-2|, each both ways.
    uneven = expose(mask([0, 0, 1, 1], [0, 0, 0, 1]), EVERYTHING, None)
    assert uneven.gini == pytest.approx(2 * (1 * 2 + 2 * 2 + 1) / 4**2 / (2 * 3 / 4))


def test_without_products_known_only_exposure_is_measured():
    assert set(expose(EVERYTHING, EVERYTHING, None).metrics(5)) == {"coverage_at_5", "exposure_gini_at_5"}
