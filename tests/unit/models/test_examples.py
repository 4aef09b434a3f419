from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.models.examples import Openings, build_rows, held_at_openings, never_negative, recency_weights

from .checkerboard import board, never


def openings(*rows: tuple[int, int, str, str | None]) -> Openings:
    customer, product, opened, closed = zip(*rows, strict=True)
    return Openings(
        np.array(customer),
        np.array(product),
        np.array(opened, dtype="datetime64[D]"),
        np.array([one or "NaT" for one in closed], dtype="datetime64[D]"),
    )


def held_before_each(*rows: tuple[int, int, str, str | None]) -> NDArray[np.bool_]:
    made = openings(*rows)
    return held_at_openings(made, np.arange(len(made)), int(made.product.max()) + 1)


def test_opening_sees_what_was_held_on_that_day_and_never_itself():
    held = held_before_each(
        (0, 0, "2024-01-01", None),
        (0, 1, "2024-02-01", "2024-03-01"),
        (0, 2, "2024-03-01", None),
        (1, 2, "2024-02-01", None),
    )
    assert held.astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_reopened_product_is_not_a_feature_of_its_own_opening():
    held = held_before_each((0, 0, "2024-01-01", None), (0, 0, "2024-05-01", None))
    assert not held.any()


def test_holdings_of_one_day_see_each_other_so_a_snapshot_leaves_one_out():
    held = held_before_each(*((0, product, "2024-01-01", None) for product in range(3)))
    assert held.astype(int).tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_newest_openings_see_what_was_opened_before_all_of_them():
    encoder, training = board()
    days = training.openings.opened.max() - np.arange(len(training.openings))[::-1]
    training = replace(training, openings=replace(training.openings, opened=days))
    every, newest = build_rows(encoder, training, 365.0), build_rows(encoder, training, 365.0, most=5)
    assert len(newest) == 5
    assert newest.customers.held.any()
    for name in ("person", "product", "weights", "barred"):
        np.testing.assert_array_equal(getattr(newest, name), getattr(every, name)[-5:])
    np.testing.assert_array_equal(newest.customers.held, every.customers.held[-5:])


def test_customers_may_come_in_any_order():
    rows = [(1, 0, "2024-01-01", None), (0, 1, "2024-01-01", None), (1, 1, "2024-02-01", None)]
    assert held_before_each(*rows).astype(int).tolist() == [[0, 0], [0, 0], [1, 0]]


def test_products_not_on_sale_that_day_and_products_ever_opened_are_not_passed_over():
    _, training = board()
    launched = never(training.n_products)
    launched[8] = np.datetime64("2030-01-01")
    barred = never_negative(training.openings, replace(training, launched=launched))
    of_first = training.openings.customer == 0
    ever = set(training.openings.product[of_first].tolist())
    assert set(np.flatnonzero(barred[0]).tolist()) == ever | {8}


def test_weight_halves_with_every_half_life():
    opened = np.array(["2024-01-31", "2024-01-21", "2024-01-11"], dtype="datetime64[D]")
    assert recency_weights(opened, date(2024, 1, 31), 10.0) == pytest.approx([1, 0.5, 0.25])
