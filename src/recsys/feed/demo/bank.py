"""The whole demo bank, block by block: every block has a seed of its own, so that memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from recsys.feed.contract import HOLDINGS
from recsys.feed.demo.answers import draw_consents, draw_surveys
from recsys.feed.demo.arrays import blank, dates, money, pick
from recsys.feed.demo.behaviour import Holdings, draw_holdings
from recsys.feed.demo.block import Block, draw_block
from recsys.feed.demo.bookings import booking_table
from recsys.feed.demo.catalogue import PRODUCT_IDS, product_table
from recsys.feed.demo.dirt import add_faults
from recsys.feed.demo.offers import draw_interactions
from recsys.feed.demo.payments import draw_payments
from recsys.feed.demo.registrations import customer_table
from recsys.feed.demo.spellings import add_spellings
from recsys.feed.demo.truth import duplicate_rows, look_alike_rows, preference_rows
from recsys.feed.demo.variants import variant_rows
from recsys.feed.tables import feed_table

CUSTOMERS_PER_BLOCK = 5_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What kind of demo bank is wanted."""

    n_customers: int
    seed: int
    as_of: date
    transactions_per_customer: int = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of the feed tables, and of the tables of the truth about them.

    In `truth["dirt"]` and `truth["spellings"]`, `row` counts from 0 at the first row of this part.
    """

    n_customers: int
    tables: dict[str, pa.Table]
    truth: dict[str, pa.Table]


def draw_bank(plan: Plan) -> Iterator[Part]:
    """The bank in parts: the catalogue and the known spellings come with the first block of customers."""
    sizes = [CUSTOMERS_PER_BLOCK] * (plan.n_customers // CUSTOMERS_PER_BLOCK)
    sizes += [rest] if (rest := plan.n_customers % CUSTOMERS_PER_BLOCK) else []
    for place, seed in enumerate(np.random.SeedSequence(plan.seed).spawn(len(sizes))):
        part = _draw_part(np.random.default_rng(seed), plan, 1 + place * CUSTOMERS_PER_BLOCK, sizes[place])
        if place == 0:
            part.tables["products"] = product_table(plan.as_of)
            part.truth["variants"] = variant_rows()
        yield part


def _draw_part(rng: np.random.Generator, plan: Plan, first: int, n: int) -> Part:
    block = draw_block(rng, first, n, plan.as_of)
    holdings = draw_holdings(rng, block.people, plan.as_of)
    payments = draw_payments(rng, block.people, plan.as_of, plan.transactions_per_customer)
    transactions, personal_bookings = booking_table(rng, block, payments)
    surveys, personal_comments = draw_surveys(rng, block, plan.as_of)
    # Streams of their own, so that the rest of the bank is the same with and without notes and partners.
    note_rng, partner_rng = (np.random.default_rng(seed) for seed in ([plan.seed, first], [plan.seed, first, 1]))
    tables = {
        "customers": customer_table(rng, block),
        "holdings": _holding_table(rng, block, holdings),
        "transactions": transactions,
        "surveys": surveys,
        "consents": draw_consents(rng, partner_rng, block, plan.as_of),
    }
    tables["interactions"], personal_notes = draw_interactions(rng, note_rng, block, holdings, plan.as_of)
    truth = {
        "planted": pa.concat_tables([personal_bookings, personal_comments, personal_notes]),
        "duplicates": duplicate_rows(block),
        "look_alikes": look_alike_rows(block),
        "preferences": preference_rows(block, plan.as_of),
    }
    dirty, dirt, spellings = {}, [], []
    for name, rows in tables.items():
        # Second registrations are written freely as it is.
        n_clean = rows.num_rows - (len(block.duplicates) if name == "customers" else 0)
        spelled, written = add_spellings(rng, name, rows, n_clean)
        dirty[name], faults = add_faults(rng, name, spelled, first)
        spellings.append(written)
        dirt.append(faults)
    return Part(n, dirty, truth | {"dirt": pa.concat_tables(dirt), "spellings": pa.concat_tables(spellings)})


def _holding_table(rng: np.random.Generator, block: Block, holdings: Holdings) -> pa.Table:
    owner = block.owners(rng, holdings.person, holdings.opened)
    balance = (rng.lognormal(7.5, 1.2, len(holdings)) * 100).astype(np.int64)
    return feed_table(HOLDINGS, {
        "customer_id": block.customer_ids.take(pa.array(owner)),
        "product_id": pick(PRODUCT_IDS, holdings.product),
        "opened_at": dates(holdings.opened),
        "closed_at": blank(dates(holdings.closed), holdings.closed == 0),
        "balance": blank(money(balance), holdings.closed > 0),
    })  # fmt: skip
