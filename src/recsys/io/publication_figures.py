"""What is counted of a publication's recommendations when it is made, so that nobody who asks goes through its rows."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql

from recsys.io.partitions import ROWS, partition
from recsys.io.postgres import Connection
from recsys.ranking.segment_products import SegmentProduct

N_BINS = 20
# Bins are of the kind [from, to), and the last one holds the highest score too.
_COUNT_SCORES = sql.SQL(
    """
    insert into serving.score_counts (publication_id, product_id, bin, score_from, score_to, n_rows, n_first)
    with edges as (
        select min(score)::double precision as lowest, max(score)::double precision as highest from {rows}
    ),

    binned as (
        select
            rows.product_id,
            rows.rank,
            case
                when edges.highest > edges.lowest
                    then least(width_bucket(rows.score, edges.lowest, edges.highest, %(n_bins)s), %(n_bins)s)
                else 1
            end as bin
        from {rows} as rows
        cross join edges
    ),

    counted as (
        select product_id, bin, count(*) as n_rows, count(*) filter (where rank = 1) as n_first
        from binned
        group by product_id, bin
    )

    select
        %(publication_id)s,
        counted.product_id,
        counted.bin,
        edges.lowest + (counted.bin - 1) * (edges.highest - edges.lowest) / %(n_bins)s,
        edges.lowest + counted.bin * (edges.highest - edges.lowest) / %(n_bins)s,
        counted.n_rows,
        counted.n_first
    from counted
    cross join edges
    """
)


def count_scores(connection: Connection, publication_id: int) -> None:
    """Count the rows of the table aside by product and score, in `N_BINS` bins of equal width."""
    query = _COUNT_SCORES.format(rows=partition(ROWS, publication_id))
    connection.execute(query, {"publication_id": publication_id, "n_bins": N_BINS})


def write_segment_products(connection: Connection, publication_id: int, counts: Iterable[SegmentProduct]) -> None:
    """Keep how often each product is recommended to each segment."""
    statement = "copy serving.segment_products (publication_id, segment, product_id, n_rows, n_first) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for one in counts:
            copy.write_row([publication_id, one.segment, one.product_id, one.n_rows, one.n_first])
