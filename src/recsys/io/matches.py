"""`identity.matches` and what people decided about pairs: keys and weights, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from recsys.errors import RunError
from recsys.io.arrow_copy import write_table
from recsys.io.postgres import Connection

KeyPair = tuple[str, str]


def replace_matches(connection: Connection, matches: pa.Table, run_id: str, weights: Mapping[str, Any]) -> int:
    """Put the pairs of this run in the place of all that are there, and the weights with which they were found."""
    connection.execute("select identity.clear_matches(%s, %s)", [run_id, Jsonb(dict(weights))])
    rows = matches.append_column("run_id", pa.repeat(run_id, matches.num_rows))
    return write_table(connection, sql.Identifier("identity", "matches"), rows)


def read_weights(connection: Connection) -> dict[str, list[tuple[float, float]]]:
    """(m, u) of each grade of each comparison, as the last run used them. Raises `RunError` before the first run."""
    row = connection.execute("select identity.weights_of_matches()").fetchone()
    if row is None or row[0] is None:
        raise RunError("No customers were linked yet.", remedy="Run `recsys run` first.")
    return {name: [(m, u) for m, u in pairs] for name, pairs in row[0].items()}


def read_decisions(connection: Connection, decision: str) -> list[KeyPair]:
    """Pairs of customer keys that people joined (`join`) or split (`split`)."""
    rows = connection.execute(
        "select customer_key_l::text, customer_key_r::text from identity.decisions_about_matches(%s)", [decision]
    )
    return [(left, right) for left, right in rows]


def list_matches(connection: Connection, state: str | None) -> list[dict[str, Any]]:
    """Pairs of customer keys, the likeliest first; written down in `ops.audit_log`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("select * from identity.list_matches(%s)", [state]).fetchall()


def split_customers(connection: Connection, one: str, other: str, decided_by: str) -> str | None:
    """Make two persons of one; the key of the customer that left, None where they were two persons already."""
    row = connection.execute(
        "select identity.split_customers(%s, %s, %s)::text", [UUID(one), UUID(other), decided_by]
    ).fetchone()
    return None if row is None else row[0]


def join_customers(connection: Connection, one: str, other: str, standing: str, decided_by: str) -> int:
    """Make one person of two, for which the customer `standing` stands; how many customers moved.

    Raises `RunError` where people split customers of theirs.
    """
    try:
        row = connection.execute(
            "select identity.join_customers(%s, %s, %s, %s)", [UUID(one), UUID(other), UUID(standing), decided_by]
        ).fetchone()
    except psycopg.errors.RaiseException as error:
        raise RunError(
            "These customers cannot be joined: other customers of the same persons were split by people.",
            remedy="`recsys duplicates list --state split` shows them; join those first, or leave it.",
        ) from error
    return int(row[0]) if row else 0


def ids_of_matches(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """By key the bank's own ids of customers who are in a pair; of nobody else."""
    rows = connection.execute(
        "select customer_key::text, customer_id from identity.ids_of_matches(%s::uuid[])", [list(keys)]
    )
    return dict(rows.fetchall())
