from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recsys.models.examples import Openings, held_at_openings, never_negative, recency_weights

from .checkerboard import board, never


def openings(*rows: tuple[int, int, str, str | None]) -> Openings:
    customer, product, opened, closed = zip(*rows, strict=True)
    return Openings(
        np.array(customer),
        np.array(product),
        np.array(opened, dtype="datetime64[D]"),
        np.array([one or "NaT" for one in closed], dtype="datetime64[D]"),
    )


def test_opening_sees_what_was_held_on_that_day_and_never_itself():
    held = held_at_openings(
        openings(
            (0, 0, "2024-01-01", None),
            (0, 1, "2024-02-01", "2024-03-01"),
            (0, 2, "2024-03-01", None),
            (1, 2, "2024-02-01", None),
        ),
        n_products=3,
    )
    assert held.astype(int).tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 0, 0]]


def test_reopened_product_is_not_a_feature_of_its_own_opening():
    held = held_at_openings(openings((0, 0, "2024-01-01", None), (0, 0, "2024-05-01", None)), n_products=1)
    assert not held.any()


def test_holdings_of_one_day_see_each_other_so_a_snapshot_leaves_one_out():
    held = held_at_openings(openings(*((0, product, "2024-01-01", None) for product in range(3))), n_products=3)
    assert held.astype(int).tolist() == [[0, 1, 1], [1, 0, 1], [1, 1, 0]]


def test_customers_may_come_in_any_order():
    rows = [(1, 0, "2024-01-01", None), (0, 1, "2024-01-01", None), (1, 1, "2024-02-01", None)]
    assert held_at_openings(openings(*rows), 2).astype(int).tolist() == [[0, 0], [0, 0], [1, 0]]


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
