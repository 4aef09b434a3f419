"""Who signs in at the demo bank."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from recsys.io.accounts import Account

_N_ADVISORS = 2


def choose_demo_accounts(feed: Path, customer_ids: Sequence[str]) -> list[Account]:
    """These customers, the advisors of `feed` with the most customers, one of operations and one system."""
    advisor_ids = csv.read_csv(
        feed / "customers.csv",
        convert_options=csv.ConvertOptions(
            include_columns=["advisor_id"], column_types={"advisor_id": pa.string()}, strings_can_be_null=True
        ),
    )["advisor_id"].drop_null()
    counts = pc.value_counts(advisor_ids).to_pylist()
    largest = sorted(counts, key=lambda count: (-count["counts"], count["values"]))[:_N_ADVISORS]
    return [
        *(Account(customer_id, "customer", customer_id=customer_id) for customer_id in customer_ids),
        *(Account(count["values"], "advisor", advisor_id=count["values"]) for count in largest),
        Account("operations", "admin"),
        Account("crm", "system"),
    ]
