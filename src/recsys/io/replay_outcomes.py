"""What customers did after a replayed publication, next to what it would have offered them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from recsys.evaluation.acceptance import Taken
from recsys.evaluation.splits import Fold
from recsys.io.arrow_copy import read_batches
from recsys.io.partitions import ELIMINATIONS, ROWS, partition
from recsys.io.postgres import Connection

_READ_AT_A_TIME = 100_000
_TAKEN = pa.schema(
    {"person_key": pa.string(), "product_id": pa.string(), "rank": pa.int64(), "is_permitted": pa.bool_()}
)
# Persons who were known on the day and to whom something may be shown: those who were ranked.
_TAKEN_BY_KNOWN = sql.SQL(
    """
    select
        opened.person_key,
        opened.product_id,
        coalesce(offered.rank, 0),
        products.product_id is not null
        and not exists (
            select 1 from {eliminations} as eliminated
            inner join serving.publication_products as columns
                on columns.publication_id = eliminated.publication_id and columns.product_id = opened.product_id
            where eliminated.person_key = opened.person_key and eliminated.set_ids[columns.position + 1] <> 0
        )
    from (
        select distinct person_key, product_id from history.openings where opened_date > %s and opened_date <= %s
    ) as opened
    inner join marts.feat_customers as known on known.person_key = opened.person_key and known.feature_date = %s
    left join marts.dim_products as products on products.product_id = opened.product_id
    left join {rows} as offered
        on offered.person_key = opened.person_key and offered.product_id = opened.product_id
    where
        opened.product_id <> all(known.held_product_ids)
        and not exists (
            select 1 from ops.suppressed_persons() as suppressed
            where suppressed.person_key = opened.person_key and suppressed.serves = 'nothing'
        )
    order by opened.person_key, opened.product_id
    """
)
_BY_NEWCOMERS = """
    select count(*) from (
        select distinct person_key, product_id from history.openings where opened_date > %s and opened_date <= %s
    ) as opened
    where not exists (
        select 1 from marts.feat_customers as known
        where known.person_key = opened.person_key and known.feature_date = %s
    )
"""


def keep_openings(connection: Connection) -> int:
    """Keep every dated opening of the marts that stand, for later; returns how many holdings have no date of their own.

    Without a date nobody can say whether a holding was opened before a day: it counts as held on all of them.
    """
    connection.execute(
        """
        create unlogged table history.openings as
        select person_key, product_id, opened_date from marts.fct_holdings where not is_opened_date_assumed
        """
    )
    connection.execute("create index on history.openings (opened_date)")
    connection.execute("analyze history.openings")
    connection.execute("grant select on history.openings to publisher")
    row = connection.execute("select count(*) from marts.fct_holdings where is_opened_date_assumed").fetchone()
    return int(row[0]) if row else 0


def read_taken(connection: Connection, publication_id: int, fold: Fold) -> Taken:
    """What persons newly took after the publication, and where it stood in their lists."""
    query = _TAKEN_BY_KNOWN.format(
        rows=partition(ROWS, publication_id), eliminations=partition(ELIMINATIONS, publication_id)
    )
    days = [fold.origin, fold.end, fold.origin]
    rows = pa.concat_tables([_TAKEN.empty_table(), *read_batches(connection, query, days, _TAKEN, _READ_AT_A_TIME)])
    return Taken(
        np.asarray(pc.cast(rows["person_key"], pa.binary()).to_numpy(), dtype="S36"),
        np.asarray(rows["product_id"].to_numpy(), dtype=np.str_),
        np.asarray(rows["rank"].to_numpy(), dtype=np.int64),
        np.asarray(rows["is_permitted"].to_numpy(), dtype=np.bool_),
    )


def count_newcomers_openings(connection: Connection, fold: Fold) -> int:
    """Openings of persons who were not known on the day, and to whom nothing could be offered."""
    row = connection.execute(_BY_NEWCOMERS, [fold.origin, fold.end, fold.origin]).fetchone()
    return int(row[0]) if row else 0
