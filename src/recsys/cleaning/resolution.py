"""From rows of customers, as they come, to the persons that they are; only what linking needs is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage import Decisions, LinkageOptions, link_customers
from recsys.cleaning.linkage_columns import LINKED_COLUMNS
from recsys.cleaning.linkage_comparisons import Weights
from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.persons import (
    Evidence,
    Indices,
    MatchRule,
    Persons,
    evidence_of,
    exact_pairs,
    first_days,
    latest_rows,
    representatives,
)
from recsys.cleaning.rows import Mask
from recsys.cleaning.value_counts import count_spellings

IDENTIFYING_COLUMNS = ("customer_id", "registered_at", "valid_from", *LINKED_COLUMNS)
NOTHING_DECIDED = Decisions()


@dataclass(frozen=True, slots=True)
class Resolution:
    """Distinct customers `customer_ids` (m,) in order, who they are, and which added row (n,) is the latest of one.

    `customer` (n,) is the place in `customer_ids` of each added row; `matches` are the pairs as `Linkage` has them.
    """

    customer_ids: pa.Array
    customer: Indices
    is_latest: Mask
    persons: Persons
    matches: pa.Table
    weights: Weights


class CustomerRows:
    """Rows of customers, reduced to what linking compares. A customer may have a row per `valid_from`."""

    def __init__(self) -> None:
        self._rows: list[pa.RecordBatch] = []
        self._evidence: list[tuple[Evidence, Evidence]] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows with at least `IDENTIFYING_COLUMNS`, typed as they land."""
        self._rows.append(rows.select(list(IDENTIFYING_COLUMNS)))
        self._evidence.append(evidence_of(rows["national_id"], rows["email"], rows["birth_date"]))

    def customer_ids(self) -> pa.Array:
        """Distinct ids (m,), sorted."""
        return _in_order(pa.chunked_array([rows["customer_id"] for rows in self._rows], pa.string()))[0]

    def resolve(self, options: LinkageOptions, decisions: Decisions = NOTHING_DECIDED) -> Resolution:
        """Join what was added into persons. `decisions` are about places in `customer_ids()`."""
        if not self._rows:
            self.add(_nobody())
        rows = pa.Table.from_batches(self._rows)
        ids, customer = _in_order(rows["customer_id"])
        registered = first_days(customer, rows["registered_at"].combine_chunks(), len(ids))
        latest = latest_rows(customer, rows["valid_from"].combine_chunks(), len(ids))
        is_latest = np.zeros(rows.num_rows, dtype=bool)
        is_latest[latest] = True
        exact, n_ignored = exact_pairs(customer, [_all_of(rule) for rule in zip(*self._evidence, strict=True)])
        linkage = link_customers(rows.select(list(LINKED_COLUMNS)).take(pa.array(latest)), exact, decisions, options)
        representative = representatives(linkage.clusters, registered)
        stands_for_itself = pa.array(representative == np.arange(len(ids)))
        rules = pc.if_else(stands_for_itself, MatchRule.SELF.value, linkage.rules)
        persons = Persons(representative, rules, n_ignored)
        return Resolution(ids, customer, is_latest, persons, linkage.matches, linkage.weights)

    def spellings(self, column: str, customer: Indices) -> list[Spelling]:
        """The distinct values of a column; `customer` (n,) is the resolution's."""
        return count_spellings(pa.chunked_array([rows[column] for rows in self._rows], pa.string()), customer)


def _nobody() -> pa.RecordBatch:
    """No rows, with the columns that rows have."""
    kinds = (pa.date32() if name.endswith(("_at", "_from", "_date")) else pa.string() for name in IDENTIFYING_COLUMNS)
    return pa.RecordBatch.from_pydict(
        {name: pa.nulls(0, kind) for name, kind in zip(IDENTIFYING_COLUMNS, kinds, strict=True)}
    )


def _in_order(customer_ids: pa.ChunkedArray) -> tuple[pa.Array, Indices]:
    """Distinct ids (m,) sorted, and the place of each row (n,) in them: the same whatever the order of the rows."""
    encoded = customer_ids.cast(pa.string()).combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(encoded.dictionary)
    ranks = np.argsort(order.to_numpy())
    return encoded.dictionary.take(order), ranks[encoded.indices.to_numpy()].astype(np.int64)


def _all_of(parts: tuple[Evidence, ...]) -> Evidence:
    return Evidence(
        parts[0].rule,
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.has_value for part in parts]),
    )
