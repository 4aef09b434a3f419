"""What the numbers in a publication's eliminations stand for, and how many persons each rule refused what."""

from __future__ import annotations

from recsys.io.postgres import Connection
from recsys.ranking.elimination_counts import EliminationCounts
from recsys.ranking.eliminations import EliminationSets


def write_elimination_sets(connection: Connection, publication_id: int, sets: EliminationSets) -> None:
    """Keep which rules each number stands for."""
    statement = "copy serving.elimination_sets (publication_id, product_id, set_id, rules, unknown) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for one in sets:
            copy.write_row([publication_id, one.product_id, one.set_id, list(one.rules), list(one.unknown)])


def write_elimination_counts(connection: Connection, publication_id: int, counts: EliminationCounts) -> None:
    """Keep the counts by rule, product and segment, and how many persons each segment has."""
    persons = "copy serving.publication_segments (publication_id, segment, n_persons) from stdin"
    with connection.cursor() as cursor, cursor.copy(persons) as copy:
        for segment, n_persons in counts.persons.items():
            copy.write_row([publication_id, segment, n_persons])
    refused = (
        "copy serving.elimination_counts (publication_id, product_id, rule, segment, n_refused, n_unknown) from stdin"
    )
    with connection.cursor() as cursor, cursor.copy(refused) as copy:
        for one in counts:
            copy.write_row([publication_id, one.product_id, one.rule, one.segment, one.n_refused, one.n_unknown])
