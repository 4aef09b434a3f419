"""A bank with a known answer: even customers hold even products, odd ones odd products, and each lacks one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.explanation.reason import AVAILABLE, POPULAR, reasons_of
from recsys.explanation.telling import Telling
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder, fit_encoder
from recsys.features.hiding import attribute_columns, without_attributes
from recsys.models.examples import Openings, TrainingSet
from recsys.models.moments import Moments

N_CUSTOMERS = 120
N_PRODUCTS = 10
KNOWN_AT = date(2024, 6, 30)
PRODUCT_IDS = tuple(f"p{number}" for number in range(N_PRODUCTS))


def missing_product(customer: int) -> int:
    return (customer // 2 % (N_PRODUCTS // 2)) * 2 + customer % 2


def held_by(customer: int) -> list[int]:
    return [product for product in range(customer % 2, N_PRODUCTS, 2) if product != missing_product(customer)]


def customers(numbers: range = range(N_CUSTOMERS)) -> pa.Table:
    return pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in numbers],
            "annual_income": [float(20_000 + 20_000 * (number % 2) + number) for number in numbers],
            "segment": ["even" if number % 2 == 0 else "odd" for number in numbers],
            "held_product_ids": pa.array(
                [[PRODUCT_IDS[product] for product in held_by(number)] for number in numbers], pa.list_(pa.string())
            ),
        }
    )


def board() -> tuple[CustomerEncoder, TrainingSet]:
    encoder = fit_encoder(customers(), PRODUCT_IDS)
    pairs = [(customer, product) for customer in range(N_CUSTOMERS) for product in held_by(customer)]
    customer, product = np.array(pairs).T
    opened = np.datetime64("2024-01-01") + customer % 7 + product
    openings = Openings(customer, product, opened, never(len(pairs)))
    labels = tuple(("parity:even" if number % 2 == 0 else "parity:odd",) for number in range(N_PRODUCTS))
    names = tuple(f"Product {number}" for number in range(N_PRODUCTS))
    block = encoder.transform(customers())
    training = TrainingSet(block, openings, KNOWN_AT, never(N_PRODUCTS), never(N_PRODUCTS), labels, names)
    return encoder, training


def open_telling(encoder: CustomerEncoder) -> Telling:
    """Everything may be told of every product, and every second product is popular."""
    reasons = reasons_of(encoder, [f"Product {number}" for number in range(N_PRODUCTS)], "EUR")
    may_tell = np.ones((N_PRODUCTS, len(reasons)), np.bool_)
    otherwise = len(reasons) + np.arange(N_PRODUCTS, dtype=np.int32) % 2
    return Telling((*reasons, POPULAR, AVAILABLE), may_tell, otherwise, otherwise)


def marking_board() -> tuple[CustomerEncoder, TrainingSet, int]:
    """A board whose first two products give their owners an occupation that nobody had before; and its column."""
    table = customers()
    marks = [
        next((PRODUCT_IDS[product] for product in held_by(number)[:1] if product < 2), None)
        for number in range(N_CUSTOMERS)
    ]
    table = table.append_column("occupation", pa.array(marks, pa.string()))
    encoder, (_, training) = fit_encoder(table, PRODUCT_IDS), board()
    block, mark = encoder.transform(table), attribute_columns(encoder)["occupation"]
    before = without_attributes(block, [mark])
    first_day = np.array(["2023-12-31"], "datetime64[D]")
    moments = Moments(first_day, np.arange(N_CUSTOMERS), before.codes, before.lean)
    return encoder, replace(training, customers=block, moments=moments), mark


def strangers_of_all_kinds(encoder: CustomerEncoder, n: int) -> CustomerBlock:
    """Customers that nobody trained on: of some nothing is known, some own nothing, some all, some what nobody does."""
    chance = np.random.default_rng(11)
    shares = chance.choice([0.0, 0.2, 0.6, 1.0], size=n)
    incomes = np.where(chance.random(n) < 0.3, np.nan, chance.uniform(-5_000, 90_000, n))
    table = pa.table(
        {
            "person_key": [f"00000000-0000-4000-9000-{number:012d}" for number in range(n)],
            "annual_income": pa.array(incomes, from_pandas=True),
            "segment": chance.choice(np.array(["even", "odd", "neither", None], object), size=n),
            "held_product_ids": pa.array(
                [[one for one in PRODUCT_IDS if chance.random() < share] for share in shares], pa.list_(pa.string())
            ),
        }
    )
    return encoder.transform(table)


def never(n: int) -> NDArray[np.datetime64]:
    return np.full(n, np.datetime64("NaT", "D"))
