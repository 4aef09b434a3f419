"""Customers whom the bank knows already, unsealed for linking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa

from recsys.cleaning.resolution import IDENTIFYING_COLUMNS
from recsys.io.identity import ContactPurpose, read_contacts
from recsys.io.postgres import Connection

# Beside the contact data, what linking needs of a customer, and what a correction is compared with where `raw` holds it
# coarser.
SEALED_FOR_LINKING = ("birth_date", "registered_at", "postcode", "country", "gender")
_DAYS = ("birth_date", "registered_at")
_SCHEMA = pa.schema(
    [(name, pa.date32() if name in (*_DAYS, "valid_from") else pa.string()) for name in IDENTIFYING_COLUMNS]
)


def known_customers(connection: Connection, key: bytes, subject: str) -> Iterator[pa.RecordBatch]:
    """Their `IDENTIFYING_COLUMNS`, in batches. `subject` is what it was for, in the audit log."""
    for contacts in read_contacts(connection, key, ContactPurpose.LINKING, subject):
        yield pa.RecordBatch.from_pylist([_identifying(*contact) for contact in contacts], schema=_SCHEMA)


def _identifying(customer_id: str, contact: dict[str, str]) -> dict[str, Any]:
    days = {name: date.fromisoformat(contact[name]) for name in _DAYS if name in contact}
    return {**contact, **days, "customer_id": customer_id}
