"""What customers ask the bank, and what its advisors write down."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.feed.demo.arrays import Bools, Ints, blank, choose, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.planting import plant
from recsys.feed.demo.truth import planted_rows
from recsys.feed.demo.words import NOTE_TEXTS, NOTES

PERSONAL_SHARE = 0.4


def draw_notes(
    rng: np.random.Generator, block: Block, person: Ints, event_ids: pa.Array, is_inquiry: Bools
) -> tuple[pa.Array, pa.Table]:
    """A note for each inquiry, none for other events `(n,)`, and the truth about what is personal in them."""
    n = len(person)
    planted = plant(rng, block, person, NOTE_TEXTS)
    is_personal = is_inquiry & (rng.random(n) < PERSONAL_SHARE)
    plain = blank(pick(NOTES, rng.integers(0, len(NOTES), n)), ~is_inquiry)
    rows = np.nonzero(is_personal)[0]
    return choose(is_personal, planted.texts, plain), planted_rows(
        "interactions", "note", event_ids, rows, planted, rows
    )
