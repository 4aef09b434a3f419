"""What customers of the demo bank say: surveys with comments, and consents."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.feed.contract import CONSENTS, SURVEYS
from recsys.feed.demo.arrays import SECONDS_A_DAY, Ints, blank, choose, numbered, pick, timestamps
from recsys.feed.demo.block import Block
from recsys.feed.demo.people import GOALS
from recsys.feed.demo.planting import plant
from recsys.feed.demo.truth import planted_rows
from recsys.feed.demo.words import COMMENT_TEXTS, COMMENTS
from recsys.feed.tables import feed_table

ANSWER_SHARE, SECOND_ANSWER_SHARE = 0.72, 0.18
COMMENT_SHARE, PERSONAL_SHARE = 0.5, 0.1
PARTNERS_ASKED_SHARE, PARTNERS_ALLOWED_SHARE = 0.85, 0.6


def draw_surveys(rng: np.random.Generator, block: Block, as_of: date) -> tuple[pa.Table, pa.Table]:
    """`surveys` of a block and the truth about their comments. A second answer is a little different."""
    people, today = block.people, (as_of - date(1970, 1, 1)).days
    once = np.nonzero(rng.random(len(people)) < ANSWER_SHARE)[0]
    twice = once[rng.random(len(once)) < SECOND_ANSWER_SHARE]
    person, n_once = np.concatenate([once, twice]), len(once)
    n = len(person)
    is_second = np.arange(n) >= n_once
    since = np.maximum(people.registered[person], today - 1100)
    day = since + (rng.random(n) ** np.where(is_second, 0.3, 1.5) * (today - since)).astype(np.int64)
    change = np.where(is_second, rng.integers(-1, 2, n), 0)
    response_ids = numbered("S", people.numbers[person] * 10 + is_second, 9)
    comments, truth = _comments(rng, block, person, response_ids)
    return feed_table(SURVEYS, {
        "response_id": response_ids,
        "customer_id": block.customer_ids.take(pa.array(block.owners(rng, person, day))),
        "answered_at": timestamps(day * SECONDS_A_DAY + rng.integers(8 * 3600, 20 * 3600, n)),
        "investment_goal": blank(pick(GOALS, people.goal[person]), rng.random(n) < 0.04),
        "horizon_years": pa.array(people.horizon[person]),
        "risk_tolerance": pa.array(np.clip(people.risk_tolerance[person] + change, 1, 7)),
        "knowledge_level": pa.array(people.knowledge[person]),
        "loss_capacity": pa.array(people.loss_capacity[person]),
        "comment": comments,
    }), truth  # fmt: skip


def _comments(
    rng: np.random.Generator, block: Block, person: Ints, response_ids: pa.Array
) -> tuple[pa.Array, pa.Table]:
    n = len(person)
    planted = plant(rng, block, person, COMMENT_TEXTS)
    is_personal = rng.random(n) < PERSONAL_SHARE
    plain = blank(pick(COMMENTS, rng.integers(0, len(COMMENTS), n)), rng.random(n) >= COMMENT_SHARE)
    rows = np.nonzero(is_personal)[0]
    truth = planted_rows("surveys", "comment", response_ids, rows, planted, rows)
    return choose(is_personal, planted.texts, plain), truth


def draw_consents(rng: np.random.Generator, partner_rng: np.random.Generator, block: Block, as_of: date) -> pa.Table:
    """`consents`: most granted at registration, some refused, some missing, some withdrawn or given later.

    Offers of partners are drawn from `partner_rng`.
    """
    people, today = block.people, (as_of - date(1970, 1, 1)).days
    parts = []
    for purpose, shares in (("profiling", (0.86, 0.06, 0.08)), ("marketing", (0.6, 0.25, 0.15))):
        first = rng.choice(3, len(people), p=shares)
        asked = np.nonzero(first < 2)[0]
        changed = asked[rng.random(len(asked)) < 0.05]
        later = (
            people.registered[changed]
            + 1
            + (rng.random(len(changed)) * (today - people.registered[changed] - 1)).astype(np.int64)
        )
        person, day = np.concatenate([asked, changed]), np.concatenate([people.registered[asked], later])
        granted = np.concatenate([first[asked] == 0, first[changed] != 0])
        parts.append(_consents(rng, block, purpose, person, day, granted))
    again = np.arange(len(block.duplicates)) + block.n_persons
    asked = np.nonzero(partner_rng.random(len(people)) < PARTNERS_ASKED_SHARE)[0]
    allowed = partner_rng.random(len(asked)) < PARTNERS_ALLOWED_SHARE
    parts.append(_consents(partner_rng, block, "third_party", asked, people.registered[asked], allowed))
    parts.append(_consents(rng, block, "profiling", again, block.duplicates.registered, np.ones(len(again), bool)))
    return pa.concat_tables(parts)


def _consents(
    rng: np.random.Generator, block: Block, purpose: str, customer: Ints, day: Ints, granted: np.ndarray
) -> pa.Table:
    n = len(customer)
    return feed_table(CONSENTS, {
        "customer_id": block.customer_ids.take(pa.array(customer)),
        "purpose": pick([purpose], np.zeros(n, np.int64)),
        "is_granted": pa.array(granted),
        "recorded_at": timestamps(day * SECONDS_A_DAY + rng.integers(0, SECONDS_A_DAY - 1, n)),
    })  # fmt: skip
