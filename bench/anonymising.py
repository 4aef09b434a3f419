"""Rows per second of anonymising structured columns, next to writing the same rows as CSV with nothing done to them.

python -m bench.anonymising --rows 2000000 --out anonymising.json
"""

from __future__ import annotations

import io
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from bench import command
from recsys.feed.contract import TRANSACTIONS
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.privacy.anonymising import anonymise_batch
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.redaction import Redactor

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


def measure(n_rows: int) -> dict[str, Any]:
    """Seconds over `n_rows` in batches: untouched, and anonymised first."""
    redactor = Redactor(KnownIdentities(Beginnings()), GivenNames())
    redactor.analyse(1)
    key = bytes(32)
    seconds = {"anonymised": 0.0, "written untouched": 0.0}
    reset_peak_memory()
    for number in range(n_rows // BATCH):
        batch = made_batch(number)
        began = time.perf_counter()
        anonymise_batch(TRANSACTIONS, (), batch, key, redactor)
        middle = time.perf_counter()
        pa_csv.write_csv(batch, io.BytesIO())
        seconds["anonymised"] += middle - began
        seconds["written untouched"] += time.perf_counter() - middle
    done = n_rows // BATCH * BATCH
    return {
        "rows": done,
        "rows_per_second": {
            "structured anonymisation": round(done / seconds["anonymised"]),
            "the same rows written as CSV, nothing else": round(done / seconds["written untouched"]),
        },
        "peak_memory_mb": round(peak_memory_bytes() / 1e6),
    }


if __name__ == "__main__":
    command.run(measure, __doc__, "rows", 2_000_000)
