"""From rows of customers, as they come, to the persons that they are; only what linking needs is kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from recsys.cleaning.persons import Evidence, Indices, Persons, evidence_of, find_persons, first_days, latest_rows
from recsys.cleaning.rows import Mask

IDENTIFYING_COLUMNS = ("customer_id", "registered_at", "valid_from", "national_id", "email", "birth_date")


@dataclass(frozen=True, slots=True)
class Resolution:
    """Distinct customers `customer_ids` (m,), who they are, and which of the added rows (n,) is the latest of one.

    `customer` (n,) is the place in `customer_ids` of each added row.
    """

    customer_ids: pa.Array
    customer: Indices
    is_latest: Mask
    persons: Persons


class CustomerRows:
    """Rows of customers, reduced to 52 bytes and the id each. A customer may have a row per `valid_from`."""

    def __init__(self) -> None:
        self._ids: list[pa.Array] = []
        self._registered: list[pa.Array] = []
        self._valid_from: list[pa.Array] = []
        self._evidence: list[tuple[Evidence, Evidence]] = []

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows with at least `IDENTIFYING_COLUMNS`, typed as they land."""
        self._ids.append(rows["customer_id"])
        self._registered.append(rows["registered_at"])
        self._valid_from.append(rows["valid_from"])
        self._evidence.append(evidence_of(rows["national_id"], rows["email"], rows["birth_date"]))

    def resolve(self) -> Resolution:
        """Join what was added into persons."""
        encoded = pa.chunked_array(self._ids, pa.string()).combine_chunks().dictionary_encode()
        customer = encoded.indices.to_numpy().astype(np.int64)
        ids = encoded.dictionary
        registered = first_days(customer, _joined(self._registered), len(ids))
        is_latest = np.zeros(len(customer), dtype=bool)
        is_latest[latest_rows(customer, _joined(self._valid_from), len(ids))] = True
        evidence = [_all_of(rule) for rule in zip(*self._evidence, strict=True)]
        return Resolution(ids, customer, is_latest, find_persons(customer, evidence, registered, ids))


def _joined(parts: list[pa.Array]) -> pa.Array:
    return pa.chunked_array(parts, pa.date32()).combine_chunks()


def _all_of(parts: tuple[Evidence, ...]) -> Evidence:
    return Evidence(
        parts[0].rule,
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.has_value for part in parts]),
    )
