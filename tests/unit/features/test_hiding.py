from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.features.encoder import fit_encoder
from recsys.features.hiding import (
    attribute_columns,
    attribute_groups,
    transaction_columns,
    with_attributes_of,
    without_attributes,
)


def encoded():
    table = pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(80)],
            "annual_income": [float(number) for number in range(80)],
            "risk_tolerance": [1 + number % 3 for number in range(80)],
            "spend_365d": [float(number * 7 % 80) for number in range(80)],
            "held_product_ids": pa.array([["p"] if number % 2 else [] for number in range(80)], pa.list_(pa.string())),
        }
    )
    encoder = fit_encoder(table, ["p"])
    return encoder, encoder.transform(table)


def test_attributes_are_grouped_by_the_table_they_are_made_of():
    encoder, _ = encoded()
    columns = attribute_columns(encoder)
    assert set(columns) == {"annual_income", "risk_tolerance", "spend_365d"}
    assert attribute_groups(encoder) == {
        "master data": (columns["annual_income"],),
        "survey answers": (columns["risk_tolerance"],),
        "transactions": (columns["spend_365d"],),
    }


def test_columns_made_of_bookings_are_told_apart():
    encoder, _ = encoded()
    assert transaction_columns(encoder) == (attribute_columns(encoder)["spend_365d"],)
    without_bookings = pa.table({"person_key": ["0"], "held_product_ids": pa.array([[]], pa.list_(pa.string()))})
    assert transaction_columns(fit_encoder(without_bookings, ["p"])) == ()


def test_only_the_named_attributes_are_told_of_another_customer():
    _, customers = encoded()
    order = np.random.default_rng(0).permutation(len(customers))
    told = with_attributes_of(customers, [0], order)
    np.testing.assert_array_equal(told.codes[:, 0], customers.codes[order, 0])
    np.testing.assert_array_equal(told.lean[:, 0], customers.lean[order, 0])
    np.testing.assert_array_equal(told.codes[:, 1:], customers.codes[:, 1:])
    np.testing.assert_array_equal(told.held, customers.held)


def test_hidden_attribute_is_not_known_of_anybody_and_the_rest_is_as_it_was():
    _, customers = encoded()
    before = customers.codes.copy()
    hidden = without_attributes(customers, [1])
    assert (hidden.codes[:, 1] == -1).all()
    assert not hidden.lean[:, 1].any()
    np.testing.assert_array_equal(hidden.codes[:, [0, 2, 3]], before[:, [0, 2, 3]])
    np.testing.assert_array_equal(customers.codes, before)
