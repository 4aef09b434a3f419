"""What numbers and ids in published rows mean, and where data came from: nothing about persons."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.io.postgres import Connection
from recsys.privacy.access_package import Catalogue
from recsys.ranking.rules.registry import RULES


def read_catalogue_words(connection: Connection, publication_ids: Sequence[int]) -> Catalogue:
    """Reasons of the publications, names of products, and what the rules say."""
    reasons = connection.execute(
        "select publication_id, reason_id, sentence from serving.reasons where publication_id = any(%s)",
        [list(publication_ids)],
    ).fetchall()
    products = connection.execute("select product_id, product_name from serving.products").fetchall()
    return Catalogue(
        {(publication, number): sentence for publication, number, sentence in reasons},
        dict(products),
        {rule.name: rule.sentence for rule in RULES},
    )


def read_legal_basis(connection: Connection) -> str:
    """The ground for profiling that the last feed names."""
    row = connection.execute("select legal_basis from ops.feeds order by landed_at desc limit 1").fetchone()
    return str(row[0]) if row else "consent"


def read_source_names(connection: Connection) -> list[str]:
    """The feeds and sources that have delivered."""
    rows = connection.execute(
        "select distinct source from ops.loads where kind <> 'quarantine' and source <> '' order by 1"
    ).fetchall()
    return [row[0] for row in rows]
