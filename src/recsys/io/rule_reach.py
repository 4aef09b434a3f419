"""What the rules did in a publication, added up over segments."""

from __future__ import annotations

from psycopg.rows import class_row

from recsys.io.postgres import Connection
from recsys.ranking.rule_reach import Reach


def read_reaches(connection: Connection, publication_id: int) -> list[Reach]:
    """Per rule and product that anybody was refused, the most refused first."""
    with connection.cursor(row_factory=class_row(Reach)) as cursor:
        return cursor.execute(
            """
            select
                counts.rule, counts.product_id, publications.n_persons,
                cast(sum(counts.n_refused) as bigint) as n_refused, cast(sum(counts.n_unknown) as bigint) as n_unknown
            from ops.eliminations as counts
            inner join serving.publications on publications.publication_id = counts.publication_id
            where counts.publication_id = %s
            group by counts.rule, counts.product_id, publications.n_persons
            order by n_refused desc, counts.rule, counts.product_id
            """,
            [publication_id],
        ).fetchall()
