"""What was planted, as tables beside the feed, so that tests can count what was found."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Ints, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.catalogue import PRODUCT_IDS
from recsys.feed.demo.duplicates import DUPLICATE_KINDS
from recsys.feed.demo.households import LOOK_ALIKES
from recsys.feed.demo.planting import Planted
from recsys.feed.demo.taste import affinity


def planted_rows(table: str, column: str, row_ids: pa.Array, rows: Ints, planted: Planted, place: Ints) -> pa.Table:
    """Rows of `planted`: `rows` `(m,)` of a table got the texts `place` `(m,)`."""
    at, zeros = pa.array(place), np.zeros(len(rows), np.int64)
    owners = planted.customer_ids.take(at)
    found = pa.table(
        {
            "table": pick([table], zeros),
            "row_id": row_ids.take(pa.array(rows)),
            "column": pick([column], zeros),
            "kind": planted.kinds.take(at),
            "value": planted.values.take(at),
            "variant": planted.variants.take(at),
            "is_customer": pc.is_valid(owners),
            "customer_id": owners,
        }
    )
    return found.filter(pc.is_valid(found["value"]))


def duplicate_rows(block: Block) -> pa.Table:
    """Rows of `duplicates`: a second registration, the first one, and what kind of pair they are."""
    return pa.table(
        {
            "customer_id": block.customer_ids.slice(block.n_persons),
            "same_as": block.customer_ids.take(pa.array(block.duplicates.originals)),
            "common": pick(DUPLICATE_KINDS, block.duplicates.kinds),
        }
    )


def look_alike_rows(block: Block) -> pa.Table:
    """Rows of `look_alikes`: two customers who are two persons, and why one could take them for one."""
    households = block.households
    return pa.table(
        {
            "customer_id": block.customer_ids.take(pa.array(households.members)),
            "like": block.customer_ids.take(pa.array(households.models)),
            "common": pick(LOOK_ALIKES, households.kinds),
        }
    )


def preference_rows(block: Block, as_of: date) -> pa.Table:
    """Rows of `preferences`: each person's log rate of opening each product, which no bank could know."""
    scores = affinity(block.people, (as_of - date(1970, 1, 1)).days)
    columns = {"customer_id": block.customer_ids.slice(0, block.n_persons)}
    return pa.table(columns | {name: pa.array(scores[:, place].round(4)) for place, name in enumerate(PRODUCT_IDS)})
