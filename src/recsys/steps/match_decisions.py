"""What people ask about two customers and decide about them; not a step of a run."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage_explaining import Explanation, explain_pair
from recsys.cleaning.linkage_scoring import Resources
from recsys.errors import NotFoundError, RunError
from recsys.io.identity import read_known_among, read_standing
from recsys.io.matches import ids_of_matches, join_customers, list_matches, read_weights, split_customers
from recsys.io.postgres import Connection, Database, writer_lock
from recsys.privacy.keys import customer_keys
from recsys.settings import Settings
from recsys.steps.known_customers import known_customers

# Only this role may ask for ids and for sealed contact data, each by a function that writes it down.
_ROLE = "ingest"


def list_pairs(database: Database, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The likeliest pairs of a state, or of all, with the bank's own ids."""
    with database.connect(_ROLE) as connection:
        matches = list_matches(connection, state)[:limit]
        keys = {str(match[side]) for match in matches for side in ("customer_key_l", "customer_key_r")}
        ids = ids_of_matches(connection, sorted(keys))
    return [
        {
            "customer_id_l": ids.get(str(match["customer_key_l"])),
            "customer_id_r": ids.get(str(match["customer_key_r"])),
            **{name: match[name] for name in ("state", "match_rule", "match_weight", "match_probability", "reason")},
        }
        for match in matches
    ]


def explain_customers(
    database: Database, settings: Settings, one: str, other: str
) -> tuple[Explanation, dict[str, tuple[Any, Any]]]:
    """What speaks for and against one person, and the two customers' values side by side."""
    key = database.secrets.key("contact_key")
    with database.connect(_ROLE) as connection:
        _keys_of(database, connection, one, other, "explain_match")
        weights = read_weights(connection)
        customers = pa.Table.from_batches(known_customers(connection, key, "explain_match")).sort_by("customer_id")
    left_row, right_row = (pc.index(customers["customer_id"], customer_id).as_py() for customer_id in (one, other))
    resources = Resources(settings.workers, settings.linkage_memory_mb)
    left, right = (customers.slice(row, 1).to_pylist()[0] for row in (left_row, right_row))
    return explain_pair(customers, weights, left_row, right_row, resources), {
        name: (left[name], right[name]) for name in left
    }


def split(database: Database, one: str, other: str, decided_by: str) -> str | None:
    """Make two persons of one; the customer that left, None where they were two persons already."""
    with database.connect(_ROLE) as connection, writer_lock(connection):
        keys = _keys_of(database, connection, one, other, "split_customers")
        left = split_customers(connection, keys[one], keys[other], decided_by)
    return None if left is None else next(customer_id for customer_id, key in keys.items() if key == left)


def join(database: Database, one: str, other: str, decided_by: str) -> tuple[str, int]:
    """Make one person of two; the customer that stands for it, and how many customers moved."""
    with database.connect(_ROLE) as connection, writer_lock(connection):
        keys = _keys_of(database, connection, one, other, "join_customers")
        contact_key = database.secrets.key("contact_key")
        standing, standing_id = read_standing(connection, keys[one], keys[other], contact_key)
        return standing_id, join_customers(connection, keys[one], keys[other], standing, decided_by)


def _keys_of(database: Database, connection: Connection, one: str, other: str, purpose: str) -> dict[str, str]:
    """Raises `RunError` for one customer twice, and `NotFoundError` for one whom the bank does not have."""
    if one == other:
        raise RunError("A pair needs two different customers.", remedy="Give two customer ids.")
    key = database.secrets.key("pseudonym_key")
    keys = {customer_id: str(customer_keys([customer_id], key)[0]) for customer_id in (one, other)}
    known = read_known_among(connection, keys, purpose)
    for place, customer_id in enumerate(keys):
        if customer_id not in known:
            raise NotFoundError(
                f"The bank has no customer with the {('first', 'second')[place]} id.",
                remedy="`recsys duplicates list` shows pairs; ids are those of the feed, after the last run.",
            )
    return keys
