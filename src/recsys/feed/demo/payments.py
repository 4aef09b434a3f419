"""The demo bank's bookings: regular income, spending by the customer's own shares, and payments to people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.contract import TRANSACTIONS
from recsys.feed.demo.arrays import (
    SECONDS_A_DAY,
    Bools,
    Floats,
    Ints,
    blank,
    choose,
    digit_codes,
    fixed_text,
    join,
    money,
    numbered,
    pick,
    timestamps,
)
from recsys.feed.demo.block import Block
from recsys.feed.demo.identifiers import german_ibans
from recsys.feed.demo.people import SPENDING, People
from recsys.feed.demo.planting import Planted, plant
from recsys.feed.demo.truth import planted_rows
from recsys.feed.demo.words import BOOKING_TEXTS, INCOME_CATEGORIES, INCOME_TEXTS, MERCHANTS, PAYMENT_TEXTS
from recsys.feed.tables import feed_table

HISTORY_DAYS = 730
INCOME_SHARE = 0.2  # of a customer's bookings
NET_SHARE = 0.68  # of gross income
PERSONAL_SHARE = 0.025  # of bookings
TEXTS_PER_PERSON = 0.8


def draw_payments(
    rng: np.random.Generator, block: Block, as_of: date, per_customer: int
) -> tuple[pa.Table, pa.Table]:
    """`transactions` of a block, about `per_customer` for each, and the truth about its texts."""
    people, today = block.people, (as_of - date(1970, 1, 1)).days
    active_share = np.clip((today - people.registered) / HISTORY_DAYS, 0.02, 1)
    n_income = np.maximum(np.rint(per_customer * INCOME_SHARE * active_share), 1).astype(np.int64)
    n_spending = rng.poisson(per_customer * (1 - INCOME_SHARE) * active_share)
    income_person, spending_person = np.repeat(np.arange(len(people)), n_income), np.repeat(np.arange(len(people)), n_spending)
    income_day = _paydays(people, n_income, income_person, active_share, today)
    spending_day = today - 1 - (rng.random(len(spending_person)) * HISTORY_DAYS * active_share[spending_person]).astype(np.int64)
    income = _income_cents(people, income_person, income_day, n_income, active_share)
    total = np.bincount(income_person, income, len(people)) * (1 - people.savings_rate)
    typical = (total / np.maximum(n_spending, 1))[spending_person]
    spending = -(typical * rng.lognormal(-0.25, 0.7, len(spending_person))).astype(np.int64) - 1
    person = np.concatenate([income_person, spending_person])
    category = np.concatenate([people.employment[income_person] + len(SPENDING), _categories(rng, people, spending_person)])
    return _table(rng, block, person, np.concatenate([income_day, spending_day]), np.concatenate([income, spending]), category)


def _paydays(people: People, n_income: Ints, person: Ints, active_share: Floats, today: int) -> Ints:
    """Evenly spread days over the time for which each is a customer."""
    starts = np.cumsum(n_income) - n_income
    order = np.arange(len(person)) - starts[person]
    length = HISTORY_DAYS * active_share[person]
    return (today - 1 - (order + 0.2) * length / n_income[person]).astype(np.int64)


def _income_cents(people: People, person: Ints, day: Ints, n_income: Ints, active_share: Floats) -> Ints:
    yearly = np.where(day < people.changed[person], people.income_before[person], people.income[person])
    years = HISTORY_DAYS / 365 * active_share[person]
    return (yearly * NET_SHARE * years / n_income[person] * 100).astype(np.int64)


def _categories(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """Spending categories `(n,)`: one search over everybody's cumulative shares, shifted by the person's place."""
    cumulative = np.cumsum(people.spending_shares, axis=1)
    shifted = (cumulative / cumulative[:, -1:] + np.arange(len(people))[:, None]).ravel()
    place = np.searchsorted(shifted, person + rng.random(len(person)), side="right")
    return np.minimum(place - person * len(SPENDING), len(SPENDING) - 1)


def _table(
    rng: np.random.Generator, block: Block, person: Ints, day: Ints, cents: Ints, category: Ints
) -> tuple[pa.Table, pa.Table]:
    n, is_income = len(person), category >= len(SPENDING)
    transaction_ids = _transaction_ids(block, person)
    merchants, texts = _merchants(rng, category)
    texts = choose(is_income, pick(INCOME_TEXTS, np.maximum(category - len(SPENDING), 0)), texts)
    personal, place, planted = _personal(rng, block, person, is_income)
    where = np.nonzero(personal)[0]
    texts = _put(texts, personal, planted.texts.take(pa.array(place)))
    truth = planted_rows("transactions", "description", transaction_ids, where, planted, place)
    is_outsider = pc.equal(planted.kinds, "outsider name").to_numpy(zero_copy_only=False)[place]
    counterparty = _put(pa.nulls(n, pa.string()), personal, choose(is_outsider, planted.values.take(pa.array(place)), pa.nulls(len(place), pa.string())))
    categories = pick((*SPENDING, *INCOME_CATEGORIES, "transfer"), np.where(personal, len(SPENDING) + len(INCOME_CATEGORIES), category))
    table = feed_table(TRANSACTIONS, {
        "transaction_id": transaction_ids,
        "customer_id": block.customer_ids.take(pa.array(block.owners(rng, person, day))),
        "booked_at": timestamps(day * SECONDS_A_DAY + rng.integers(6 * 3600, 23 * 3600, n)),
        "amount": money(cents),
        "currency": pick(("EUR",), np.zeros(n, np.int64)),
        "category": categories,
        "merchant": blank(merchants, is_income | personal),
        "counterparty_name": counterparty,
        "counterparty_iban": blank(_counterparties(category, cents), ~is_income),
        "description": texts,
    })  # fmt: skip
    return table, truth


def _transaction_ids(block: Block, person: Ints) -> pa.Array:
    """The person's number and a running one, so that blocks never meet."""
    order = np.argsort(person, kind="stable")
    counts = np.bincount(person, minlength=block.n_persons)
    running = np.empty(len(person), np.int64)
    running[order] = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    numbers = block.people.numbers[person]
    head = np.full((len(person), 1), ord("T"), np.uint8)
    return fixed_text(np.hstack([head, digit_codes(numbers, 8), digit_codes(running, 5)]))


def _merchants(rng: np.random.Generator, category: Ints) -> tuple[pa.Array, pa.Array]:
    """Merchants and booking texts `(n,)` of spending; income rows get any."""
    sizes = np.array([len(names) for names in MERCHANTS])
    spending = np.minimum(category, len(MERCHANTS) - 1)
    first = np.cumsum(sizes) - sizes
    place = first[spending] + (rng.random(len(category)) * sizes[spending]).astype(np.int64)
    names = [name for group in MERCHANTS for name in group]
    texts = [template.format(name) for template in PAYMENT_TEXTS for name in names]
    style = rng.choice(3, len(category), p=(0.7, 0.15, 0.15))
    return pick(names, place), pick(texts, place + style * len(names))


def _personal(
    rng: np.random.Generator, block: Block, person: Ints, is_income: Bools
) -> tuple[Bools, Ints, Planted]:
    """Which bookings carry a personal text, which text each, and the texts: a person repeats the same few."""
    writers = np.sort(rng.integers(0, block.n_persons, max(int(block.n_persons * TEXTS_PER_PERSON), 1)))
    planted = plant(rng, block, writers, BOOKING_TEXTS)
    n_texts = np.bincount(writers, minlength=block.n_persons)
    first = np.cumsum(n_texts) - n_texts
    chance = PERSONAL_SHARE / (1 - np.exp(-TEXTS_PER_PERSON)) / (1 - INCOME_SHARE)
    personal = (rng.random(len(person)) < chance) & (n_texts[person] > 0) & ~is_income
    owner = person[personal]
    return personal, first[owner] + (rng.random(len(owner)) * n_texts[owner]).astype(np.int64), planted


def _put(values: pa.Array, mask: Bools, replacements: pa.Array) -> pa.Array:
    return pc.replace_with_mask(values, pa.array(mask), replacements)


def _counterparties(category: Ints, cents: Ints) -> pa.Array:
    """The employer's account: the same for the same income."""
    return german_ibans(5_000_000_000 + np.abs(cents) * 20 + category)
