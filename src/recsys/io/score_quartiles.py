"""`serving.score_quartiles`: how the scores of each product are spread in one publication."""

from __future__ import annotations

from psycopg import sql

from recsys.io.partitions import ROWS, partition
from recsys.io.postgres import Connection


def write_score_quartiles(connection: Connection, publication_id: int) -> None:
    """Keep the quartiles of each product's scores, from the rows aside."""
    connection.execute(
        sql.SQL(
            """
            insert into serving.score_quartiles (publication_id, product_id, n_rows, quartiles)
            select %s, product_id, count(*), percentile_disc(array[0.25, 0.5, 0.75]) within group (order by score)
            from {} group by product_id
            """
        ).format(partition(ROWS, publication_id)),
        [publication_id],
    )


def read_strengths(connection: Connection, customer_id: str) -> dict[str, str | None]:
    """By product of the customer's list how strongly it is recommended, a word of `Strength`; None: that says nothing.

    A product of which nothing was kept is left out.
    """
    rows = connection.execute("select product_id, strength from serving.read_strengths(%s)", [customer_id]).fetchall()
    return dict(rows)
