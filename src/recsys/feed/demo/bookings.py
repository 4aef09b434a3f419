"""The demo bank's `transactions` table: payments with merchants and texts, some of which name people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.contract import TRANSACTIONS
from recsys.feed.demo.arrays import (
    SECONDS_A_DAY,
    Bools,
    Ints,
    blank,
    choose,
    digit_codes,
    fixed_text,
    letter_codes,
    money,
    pick,
    running_numbers,
    timestamps,
)
from recsys.feed.demo.block import Block
from recsys.feed.demo.identifiers import german_ibans
from recsys.feed.demo.payments import INCOME_SHARE, Payments
from recsys.feed.demo.people import SPENDING
from recsys.feed.demo.planting import Planted, plant
from recsys.feed.demo.truth import planted_rows
from recsys.feed.demo.variants import add_variants
from recsys.feed.demo.words import BOOKING_TEXTS, INCOME_CATEGORIES, INCOME_TEXTS, MERCHANTS, PAYMENT_TEXTS
from recsys.feed.tables import feed_table

PERSONAL_SHARE = 0.025  # of bookings
TEXTS_PER_PERSON = 0.8
MERCHANT_SHARE = 0.3  # of payments to outsiders, who stand as the merchant, too
CATEGORIES = (*SPENDING, *INCOME_CATEGORIES, "transfer")


@dataclass(frozen=True, slots=True)
class _Personal:
    """`rows` `(m,)` of the bookings got the texts `place` `(m,)` of `planted`."""

    rows: Ints
    place: Ints
    planted: Planted


def booking_table(rng: np.random.Generator, block: Block, payments: Payments) -> tuple[pa.Table, pa.Table]:
    """`transactions` of a block, and the truth about the personal data in their texts."""
    n, is_income = len(payments), payments.is_income
    ids = _transaction_ids(block, payments.person)
    personal = _draw_personal(rng, block, payments)
    is_personal = np.zeros(n, bool)
    is_personal[personal.rows] = True
    merchants, texts = _merchants(rng, payments)
    merchants = add_variants(rng, "merchant", blank(merchants, is_income), ~is_personal)
    values = personal.planted.values.take(pa.array(personal.place))
    is_outsider = _is_outsider(personal)
    is_merchant = is_outsider & (rng.random(len(is_outsider)) < MERCHANT_SHARE)
    table = feed_table(TRANSACTIONS, {
        "transaction_id": ids,
        "customer_id": block.customer_ids.take(pa.array(block.owners(rng, payments.person, payments.day))),
        "booked_at": timestamps(payments.day * SECONDS_A_DAY + rng.integers(6 * 3600, 23 * 3600, n)),
        "amount": money(payments.cents),
        "currency": pick(("EUR",), np.zeros(n, np.int64)),
        "category": pick(CATEGORIES, np.where(is_personal, len(CATEGORIES) - 1, payments.category)),
        "merchant": _put(merchants, is_personal, blank(values, ~is_merchant)),
        "counterparty_name": _put(pa.nulls(n, pa.string()), is_personal, blank(values, ~is_outsider)),
        "counterparty_iban": blank(_employers(payments), ~is_income),
        "description": _put(texts, is_personal, personal.planted.texts.take(pa.array(personal.place))),
    })  # fmt: skip
    return table, _truth(ids, personal, is_merchant)


def _truth(ids: pa.Array, personal: _Personal, is_merchant: Bools) -> pa.Table:
    rows, place, planted = personal.rows, personal.place, personal.planted
    return pa.concat_tables(
        [
            planted_rows("transactions", "description", ids, rows, planted, place),
            planted_rows("transactions", "merchant", ids, rows[is_merchant], planted, place[is_merchant]),
        ]
    )


def _transaction_ids(block: Block, person: Ints) -> pa.Array:
    """The person's number and a running one, so that blocks never meet."""
    head = np.hstack([letter_codes("T", len(person)), digit_codes(block.people.numbers[person], 8)])
    return fixed_text(np.hstack([head, digit_codes(running_numbers(person, block.n_persons), 5)]))


def _merchants(rng: np.random.Generator, payments: Payments) -> tuple[pa.Array, pa.Array]:
    """Merchants and booking texts `(n,)`; the merchant of an income means nothing."""
    sizes = np.array([len(names) for names in MERCHANTS])
    spending = np.minimum(payments.category, len(MERCHANTS) - 1)
    place = (np.cumsum(sizes) - sizes)[spending] + (rng.random(len(payments)) * sizes[spending]).astype(np.int64)
    names = [name for group in MERCHANTS for name in group]
    texts = [template.format(name) for template in PAYMENT_TEXTS for name in names]
    style = rng.choice(3, len(payments), p=(0.7, 0.15, 0.15))
    income_texts = pick(INCOME_TEXTS, np.maximum(payments.category - len(SPENDING), 0))
    return pick(names, place), choose(payments.is_income, income_texts, pick(texts, place + style * len(names)))


def _draw_personal(rng: np.random.Generator, block: Block, payments: Payments) -> _Personal:
    """Which bookings carry a personal text. A person repeats the same few, as standing orders do."""
    writers = np.sort(rng.integers(0, block.n_persons, max(int(block.n_persons * TEXTS_PER_PERSON), 1)))
    n_texts = np.bincount(writers, minlength=block.n_persons)
    first = np.cumsum(n_texts) - n_texts
    chance = PERSONAL_SHARE / (1 - np.exp(-TEXTS_PER_PERSON)) / (1 - INCOME_SHARE)
    is_writer = (n_texts[payments.person] > 0) & ~payments.is_income
    rows = np.nonzero(is_writer & (rng.random(len(payments)) < chance))[0]
    person = payments.person[rows]
    place = first[person] + (rng.random(len(rows)) * n_texts[person]).astype(np.int64)
    return _Personal(rows, place, plant(rng, block, writers, BOOKING_TEXTS))


def _is_outsider(personal: _Personal) -> Bools:
    kinds = pc.equal(personal.planted.kinds, "outsider name").to_numpy(zero_copy_only=False)
    return np.asarray(kinds[personal.place])


def _put(values: pa.Array, mask: Bools, replacements: pa.Array) -> pa.Array:
    return pc.replace_with_mask(values, pa.array(mask), replacements)


def _employers(payments: Payments) -> pa.Array:
    """The employer's account, which is no customer's: the same for the same income."""
    return german_ibans(5_000_000_000 + np.abs(payments.cents) * 20 + payments.category)
