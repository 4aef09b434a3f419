"""Step `resolve_customers`: give every customer a key and find customers that are one person.

It sees what never passes the privacy boundary, so it also looks for spellings of one value there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage import Decisions, LinkageOptions
from recsys.cleaning.linkage_scoring import Resources
from recsys.cleaning.resolution import IDENTIFYING_COLUMNS, CustomerRows, Resolution
from recsys.feed.columns import Privacy
from recsys.feed.contract import CLUSTERED_INSIDE, CUSTOMERS
from recsys.io.feeds import mark_resolved
from recsys.io.identity import (
    replace_customers,
    sealed_contacts,
    upsert_customers,
    write_person_keys,
)
from recsys.io.landing import DELETIONS, is_complete, read_landed_manifest, read_landing
from recsys.io.matches import KeyPair, read_decisions, replace_matches
from recsys.io.postgres import Connection
from recsys.privacy.keys import customer_keys
from recsys.settings import Settings
from recsys.steps.clustered_column import cluster_column
from recsys.steps.context import StepContext
from recsys.steps.known_customers import SEALED_FOR_LINKING, known_customers
from recsys.steps.quality_report import with_quality_report
from recsys.types import StepResult


def resolve_customers(context: StepContext) -> StepResult:
    """Write `identity.customers`: replaced by a full feed, brought up to date by a delta."""
    home, run_id = context.settings.home, context.run.run_id
    is_delta = read_landed_manifest(home, run_id).mode == "delta" and not is_complete(home, run_id, CUSTOMERS.name)
    rows = CustomerRows()
    for batch in _landed(context, IDENTIFYING_COLUMNS):
        rows.add(batch)
    with context.connect() as connection:
        if is_delta:
            _add_known(context, connection, rows)
        keys = customer_keys(rows.customer_ids(), context.database.secrets.key("pseudonym_key"))
        resolution = rows.resolve(linkage_options(context.settings), _decisions(connection, keys))
        customers = _customers(context, resolution, keys)
        if is_delta:
            n_rows = upsert_customers(connection, customers, context.run.run_id)
            write_person_keys(connection, _links(resolution, keys), context.run.run_id)
        else:
            n_rows = replace_customers(connection, customers, context.run.run_id)
        replace_matches(connection, _matches(resolution, keys), context.run.run_id, resolution.weights)
        for table, column in CLUSTERED_INSIDE:
            cluster_column(context, connection, (table, column), rows.spellings(column, resolution.customer))
        mark_resolved(connection, context.run.run_id)
    persons = resolution.persons
    result = StepResult(
        rows=n_rows,
        details={
            "persons": persons.n_persons,
            "rules": dict(sorted(Counter(persons.rules.to_pylist()).items())),
            "matches": dict(sorted(Counter(resolution.matches["state"].to_pylist()).items())),
            "shared_values_ignored": persons.n_ignored,
        },
    )
    return with_quality_report(context, result)


def _customers(context: StepContext, resolution: Resolution, keys: pa.Array) -> Iterator[pa.Table]:
    """The rows of `identity.customers` for the landed customers, contact data from the latest row of each."""
    extras = read_landed_manifest(context.settings.home, context.run.run_id).extras("customers")
    sealed = [column.name for column in (*CUSTOMERS.columns, *extras) if column.privacy is Privacy.ENCRYPT]
    first = 0
    for batch in _landed(context, ("customer_id", *sealed, *SEALED_FOR_LINKING)):
        is_latest = resolution.is_latest[first : first + batch.num_rows]
        places = pa.array(resolution.customer[first : first + batch.num_rows][is_latest])
        first += batch.num_rows
        latest = batch.filter(pa.array(is_latest))
        contact_key = context.database.secrets.key("contact_key")
        yield (
            _links(resolution, keys, places)
            .append_column("customer_id", latest["customer_id"])
            .append_column("contact", sealed_contacts(latest, (*sealed, *SEALED_FOR_LINKING), contact_key))
            .append_column("load_id", pa.repeat(context.run.run_id, latest.num_rows))
        )
        context.progress(first, len(resolution.customer), "customers")


def _links(resolution: Resolution, keys: pa.Array, places: pa.Array | None = None) -> pa.Table:
    places = pa.array(range(len(keys)), pa.int64()) if places is None else places
    representative = pa.array(resolution.persons.representative).take(places)
    return pa.table(
        {
            "customer_key": keys.take(places),
            "person_key": keys.take(representative),
            "match_rule": resolution.persons.rules.take(places),
        }
    )


def linkage_options(settings: Settings) -> LinkageOptions:
    """How surely customers are joined, and with what."""
    resources = Resources(settings.workers, settings.linkage_memory_mb)
    return LinkageOptions(settings.match_threshold, settings.review_threshold, resources)


def _decisions(connection: Connection, keys: pa.Array) -> Decisions:
    """What people decided about customers who are there, as their places in `keys`."""
    joined, split = (_places(read_decisions(connection, decision), keys) for decision in ("join", "split"))
    return Decisions(joined, split)


def _places(pairs: Sequence[KeyPair], keys: pa.Array) -> list[tuple[int, int]]:
    sides = (pc.index_in(pa.array([pair[side] for pair in pairs], pa.string()), keys).to_pylist() for side in range(2))
    return [(left, right) for left, right in zip(*sides, strict=True) if left is not None and right is not None]


def _matches(resolution: Resolution, keys: pa.Array) -> pa.Table:
    """The pairs with keys in the place of numbers, the smaller key on the left."""
    matches = resolution.matches
    ends = [keys.take(matches[side].combine_chunks()) for side in ("left", "right")]
    return pa.table(
        {
            "customer_key_l": pc.min_element_wise(*ends),
            "customer_key_r": pc.max_element_wise(*ends),
            "match_weight": matches["weight"],
            "match_probability": matches["probability"],
            "match_rule": matches["rule"],
            "state": matches["state"],
            "reason": matches["reason"],
        }
    )


def _add_known(context: StepContext, connection: Connection, rows: CustomerRows) -> None:
    """Customers of earlier loads whom this delta neither brings again nor deletes."""
    landed = pa.chunked_array([batch["customer_id"] for batch in _landed_or_deleted(context)], pa.string())
    for known in known_customers(connection, context.database.secrets.key("contact_key"), context.run.run_id):
        rows.add(known.filter(pc.invert(pc.is_in(known["customer_id"], value_set=landed))))


def _landed_or_deleted(context: StepContext) -> Iterator[pa.RecordBatch]:
    key = context.database.secrets.key("landing_key")
    yield from _landed(context, ("customer_id",))
    name = DELETIONS.format(CUSTOMERS.name)
    yield from read_landing(context.settings.home, context.run.run_id, name, key, ("customer_id",))


def _landed(context: StepContext, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    key = context.database.secrets.key("landing_key")
    return read_landing(context.settings.home, context.run.run_id, "customers", key, columns)
