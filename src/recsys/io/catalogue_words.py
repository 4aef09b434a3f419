"""What numbers and ids in published rows mean, and where data came from: nothing about persons."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.io.postgres import Connection
from recsys.privacy.access_package import Catalogue
from recsys.ranking.rule_words import sentences_of


def read_catalogue_words(connection: Connection, publication_ids: Sequence[int]) -> Catalogue:
    """Reasons of the publications, names of products, and what the rules say."""
    wanted = [list(publication_ids)]
    reasons = connection.execute(
        "select publication_id, reason_id, sentence from serving.reasons where publication_id = any(%s)",
        wanted,
    ).fetchall()
    products = connection.execute("select product_id, product_name from serving.products").fetchall()
    columns = connection.execute(
        """
        select publication_id, array_agg(product_id order by position)
        from serving.publication_products where publication_id = any(%s) group by publication_id
        """,
        wanted,
    ).fetchall()
    refusals = connection.execute(
        """
        select publication_id, product_id, set_id, rules, unknown
        from serving.elimination_sets where publication_id = any(%s)
        """,
        wanted,
    ).fetchall()
    return Catalogue(
        {(publication, number): sentence for publication, number, sentence in reasons},
        dict(products),
        dict(columns),
        {(row[0], row[1], row[2]): sentences_of(row[3], row[4]) for row in refusals},
    )


def read_legal_basis(connection: Connection) -> str:
    """The ground for profiling that the last feed names."""
    row = connection.execute("select legal_basis from ops.feeds order by landed_at desc limit 1").fetchone()
    return str(row[0]) if row else "consent"


def read_currency(connection: Connection, run_id: str) -> str:
    """The currency of the feed of a run; of the last one where the run had none of its own, empty before the first."""
    row = connection.execute(
        "select currency from ops.feeds order by run_id = %s desc, landed_at desc limit 1", [run_id]
    ).fetchone()
    return str(row[0]) if row else ""


def read_source_names(connection: Connection) -> list[str]:
    """The feeds and sources that have delivered."""
    rows = connection.execute(
        "select distinct source from ops.loads where kind <> 'quarantine' and source <> '' order by 1"
    ).fetchall()
    return [row[0] for row in rows]
