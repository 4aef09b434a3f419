"""A small bank in which only what a test changes tells customers apart."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from recsys.cleaning.linkage import Decisions, LinkageOptions
from recsys.cleaning.resolution import IDENTIFYING_COLUMNS, NOTHING_DECIDED, CustomerRows, Resolution

ADA = {
    "full_name": "Adelheid Wiesengrund",
    "birth_date": date(1980, 3, 4),
    "email": "adelheid.wiesengrund@example.org",
    "phone": "+49 30 1234567",
    "street": "Lindenstraße 5",
    "postcode": "10969",
    "city": "Berlin",
    "national_id": "65929970489",
    "iban": "DE89370400440532013000",
}
DAYS = ("registered_at", "valid_from", "birth_date")


def customer_row(customer_id: str, **changes: object) -> dict[str, object]:
    """Ada under an id of her own, but for `changes`."""
    return {"customer_id": customer_id, **ADA, **changes}


def resolved(*rows: dict[str, object], decisions: Decisions = NOTHING_DECIDED) -> Resolution:
    """Who the customers in `rows` are."""
    schema = pa.schema([(name, pa.date32() if name in DAYS else pa.string()) for name in IDENTIFYING_COLUMNS])
    customers = CustomerRows()
    customers.add(pa.RecordBatch.from_pylist(list(rows), schema=schema))
    return customers.resolve(LinkageOptions(), decisions)


def persons_of(found: Resolution) -> dict[str, str]:
    """For each customer id the one that stands for the person."""
    ids = found.customer_ids.to_pylist()
    return {customer: ids[place] for customer, place in zip(ids, found.persons.representative, strict=True)}


def pairs_of(found: Resolution) -> dict[tuple[str, str], tuple[str, str]]:
    """State and reason of each pair of customer ids."""
    ids = found.customer_ids.to_pylist()
    rows = found.matches.to_pylist()
    return {(ids[row["left"]], ids[row["right"]]): (row["state"], row["reason"]) for row in rows}
