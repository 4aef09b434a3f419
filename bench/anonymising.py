"""Rows per second of anonymising structured columns.

Transactions stand next to the same rows written as CSV with nothing done to them, customers next to a loop over rows.

python -m bench.anonymising --rows 2000000 --out anonymising.json
"""

from __future__ import annotations

import hmac
import io
import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from bench import command
from recsys.feed.columns import Privacy
from recsys.feed.contract import CUSTOMERS, TRANSACTIONS
from recsys.io.identity import sealed_contacts
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.io.sealing import seal
from recsys.privacy.anonymising import anonymise_batch
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.redaction import Redactor

SEALED = tuple(column.name for column in CUSTOMERS.columns if column.privacy is Privacy.ENCRYPT)
OCCUPATIONS = ("nurse", "teacher", "engineer", "clerk", "driver", "manager", "cook", "physician", "farmer", "baker")
BATCH = 100_000
CUSTOMERS_PER_BATCH = 1_000


def made_batch(number: int) -> pa.RecordBatch:
    """Transactions without texts, each customer's next to each other as banks deliver them."""
    random = np.random.default_rng(number)
    customers = np.sort(random.integers(0, CUSTOMERS_PER_BATCH, BATCH)) + number * CUSTOMERS_PER_BATCH
    counterparties = random.integers(0, 20 * CUSTOMERS_PER_BATCH, BATCH)
    columns: dict[str, pa.Array] = {
        "transaction_id": pa.array([f"T{number:05d}{row:07d}" for row in range(BATCH)]),
        "customer_id": pa.array([f"C{customer:08d}" for customer in customers]),
        "booked_at": pa.array(
            random.integers(1_700_000_000, 1_760_000_000, BATCH) * 1_000_000, pa.timestamp("us", "UTC")
        ),
        "amount": pa.array(np.round(random.normal(-40, 90, BATCH), 2)).cast(pa.decimal128(18, 2)),
        "currency": pa.array(["EUR"] * BATCH),
        "category": pa.array(random.choice(["groceries", "travel", "utilities", "salary"], BATCH)),
        "counterparty_iban": pa.array([f"DE00500100{counterparty:012d}" for counterparty in counterparties]),
    }
    texts = ("merchant", "counterparty_name", "description")
    columns |= {name: pa.nulls(BATCH, pa.string()) for name in texts}
    return pa.RecordBatch.from_pydict({name: columns[name] for name in TRANSACTIONS.column_names})


def made_customers(number: int) -> pa.RecordBatch:
    """Customers with all that the contract knows of them, as they have landed."""
    random = np.random.default_rng(number)
    numbers = [f"{number:04d}{row:06d}" for row in range(BATCH)]
    days = random.integers(-10_000, 13_000, BATCH).astype(np.int32)
    columns: dict[str, pa.Array] = {
        "customer_id": pa.array([f"C{row}" for row in numbers]),
        "registered_at": pa.array(days + 10_000).cast(pa.date32()),
        "full_name": pa.array([f"Jörg Müller-{row}" for row in numbers]),
        "email": pa.array([f"joerg.{row}@example.com" for row in numbers]),
        "phone": pa.array([f"+49 30 {row}" for row in numbers]),
        "street": pa.array([f"Hauptstraße {row}" for row in numbers]),
        "postcode": pa.array([f"{code:05d}" for code in random.integers(1_000, 99_999, BATCH)]),
        "city": pa.array(random.choice(["Berlin", "Köln", "München"], BATCH)),
        "country": pa.array(["DE"] * BATCH),
        "birth_date": pa.array(days).cast(pa.date32()),
        "national_id": pa.array([f"12{row}" for row in numbers]),
        "iban": pa.array([f"DE0050010012{row}" for row in numbers]),
        "occupation": pa.array(random.choice(OCCUPATIONS, BATCH)),
        "annual_income": pa.array(np.round(random.lognormal(10.5, 0.5, BATCH), 2)).cast(pa.decimal128(18, 2)),
        "advisor_id": pa.array(random.choice([f"A{advisor}" for advisor in range(200)], BATCH)),
    }
    missing = {column.name: pa.nulls(BATCH, pa.string()) for column in CUSTOMERS.columns}
    return pa.RecordBatch.from_pydict({name: columns.get(name, missing[name]) for name in CUSTOMERS.column_names})


def looped_customers(batch: pa.RecordBatch, key: bytes) -> list[tuple[str, int, str]]:
    """The peer: one customer after the other, as one would write it first."""
    done = []
    for row in batch.to_pylist():
        digest = hmac.new(key, row["customer_id"].encode(), "sha256").digest()
        contact = json.dumps({name: row[name] for name in SEALED if row[name] is not None}, default=str)
        sealed = seal(contact.encode(), key, "contact").hex()
        done.append((str(uuid.UUID(bytes=digest[:16])), row["birth_date"].year, sealed))
    return done


def ready_redactor() -> Redactor:
    """One that knows nobody and has read the occupations."""
    known = KnownIdentities(Beginnings())
    known.close()
    redactor = Redactor(known, GivenNames())
    redactor.survey(OCCUPATIONS)
    redactor.analyse(1)
    return redactor


class Stopwatch:
    """Seconds by what they were spent on."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Add the seconds of the block to `what`."""
        began = time.perf_counter()
        yield
        self.seconds[what] += time.perf_counter() - began

    def rates(self, n_rows: int) -> dict[str, int]:
        """Rows per second by what was done with them."""
        return {what: round(n_rows / seconds) for what, seconds in self.seconds.items()}


def measure(n_rows: int) -> dict[str, Any]:
    """Rows per second over `n_rows` transactions and a tenth as many customers: anonymised, and the peers."""
    redactor, key = ready_redactor(), bytes(32)
    bookings, people = Stopwatch(), Stopwatch()
    reset_peak_memory()
    n_batches = n_rows // BATCH
    for number in range(n_batches):
        batch = made_batch(number)
        with bookings.on("structured anonymisation"):
            anonymise_batch(TRANSACTIONS, (), batch, key, redactor)
        with bookings.on("the same rows written as CSV, nothing else"):
            pa_csv.write_csv(batch, io.BytesIO())
    peak = peak_memory_bytes()
    n_customer_batches = max(n_batches // 10, 1)
    for number in range(n_customer_batches):
        batch = made_customers(number)
        with people.on("anonymised and sealed"):
            anonymise_batch(CUSTOMERS, (), batch, key, redactor)
            with people.on("of which sealing contact data"):
                sealed_contacts(batch, SEALED, key)
        with people.on("one row after the other, with fewer columns"):
            looped_customers(batch, key)
    return {
        "rows": n_batches * BATCH,
        "rows_per_second": bookings.rates(n_batches * BATCH),
        "customers_per_second": people.rates(n_customer_batches * BATCH),
        "peak_memory_mb": round(peak / 1e6),
    }


if __name__ == "__main__":
    command.run(measure, __doc__, "rows", 2_000_000)
