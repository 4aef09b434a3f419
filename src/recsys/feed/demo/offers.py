"""What customers of the demo bank did with offers: steps towards what they opened, and looking around."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.feed.contract import INTERACTIONS
from recsys.feed.demo.arrays import (
    SECONDS_A_DAY,
    Ints,
    blank,
    digit_codes,
    draw_categories,
    fixed_text,
    letter_codes,
    pick,
    running_numbers,
    timestamps,
)
from recsys.feed.demo.behaviour import Holdings
from recsys.feed.demo.block import Block
from recsys.feed.demo.catalogue import CATALOGUE, PRODUCT_IDS
from recsys.feed.demo.notes import draw_notes
from recsys.feed.demo.taste import affinity
from recsys.feed.tables import feed_table

EVENTS = ("view", "click", "inquiry", "application", "like", "dislike")
STEP_SHARES = (0.6, 0.4, 0.2, 0.5)  # of openings, by event
BROWSED_PER_PERSON = 3.0
CHANNELS = ("app", "web", "branch", "phone", "e-mail")


def draw_interactions(
    rng: np.random.Generator, note_rng: np.random.Generator, block: Block, holdings: Holdings, as_of: date
) -> tuple[pa.Table, pa.Table]:
    """`interactions` of the last two years of a block, and the truth about their notes."""
    today = (as_of - date(1970, 1, 1)).days
    steps = _steps(rng, block, holdings, today)
    browsing = _browsing(rng, block, today)
    person, product, event, day = (np.concatenate(columns) for columns in zip(steps, browsing, strict=True))
    n = len(person)
    is_rated = event >= 4
    event_ids = _event_ids(block, person)
    notes, truth = draw_notes(note_rng, block, person, event_ids, event == EVENTS.index("inquiry"))
    return feed_table(INTERACTIONS, {
        "event_id": event_ids,
        "customer_id": block.customer_ids.take(pa.array(block.owners(rng, person, day))),
        "product_id": pick(PRODUCT_IDS, product),
        "event_type": pick(EVENTS, event),
        "value": blank(pa.array(np.where(event == 4, 5.0, 1.0)), ~is_rated),
        "channel": pick(CHANNELS, rng.choice(len(CHANNELS), n, p=(0.45, 0.3, 0.12, 0.05, 0.08))),
        "note": notes,
        "occurred_at": timestamps(day * SECONDS_A_DAY + rng.integers(7 * 3600, 22 * 3600, n)),
    }), truth  # fmt: skip


def _steps(rng: np.random.Generator, block: Block, holdings: Holdings, today: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Some steps in the month before an opening, in their order."""
    is_recent = (holdings.opened > today - 700) & (holdings.opened - block.people.registered[holdings.person] > 40)
    rows = np.nonzero(is_recent)[0]
    is_taken = rng.random((len(rows), len(STEP_SHARES))) < STEP_SHARES
    opening, event = np.nonzero(is_taken)
    row = rows[opening]
    day = holdings.opened[row] - 1 - (3 - event) * 8 - rng.integers(0, 8, len(row))
    return holdings.person[row], holdings.product[row], event, day


def _browsing(rng: np.random.Generator, block: Block, today: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Views, clicks and verdicts on products that are on sale, by affinity but with much chance."""
    people = block.people
    weights = np.exp(np.clip(0.5 * affinity(people, today - 365), -3, 3)) * np.array([p.rate for p in CATALOGUE])
    weights[:, PRODUCT_IDS.index("passbook")] = 0
    person = np.repeat(np.arange(len(people)), rng.poisson(BROWSED_PER_PERSON, len(people)))
    product = draw_categories(rng, weights[person])
    event = rng.choice((0, 1, 4, 5), len(person), p=(0.7, 0.2, 0.06, 0.04))
    length = np.minimum(today - people.registered[person] - 1, 700)
    return person, product, event, today - 1 - (rng.random(len(person)) * length).astype(np.int64)


def _event_ids(block: Block, person: Ints) -> pa.Array:
    head = np.hstack([letter_codes("E", len(person)), digit_codes(block.people.numbers[person], 8)])
    return fixed_text(np.hstack([head, digit_codes(running_numbers(person, block.n_persons), 4)]))
