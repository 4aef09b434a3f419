"""Who signs in at the demo bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from recsys.io.accounts import Account


def largest_portfolios(feed: Path, n_advisors: int) -> Mapping[str, list[str]]:
    """The customers of the advisors of `feed` who have the most, those with the most first."""
    text = pa.string()
    customers = csv.read_csv(
        feed / "customers.csv",
        convert_options=csv.ConvertOptions(
            include_columns=["customer_id", "advisor_id"],
            column_types={"customer_id": text, "advisor_id": text},
            strings_can_be_null=True,
        ),
    ).drop_null()
    lists = customers.group_by("advisor_id").aggregate([("customer_id", "list")]).to_pylist()
    portfolios = {row["advisor_id"]: row["customer_id_list"] for row in lists}
    largest = sorted(portfolios, key=lambda advisor_id: (-len(portfolios[advisor_id]), advisor_id))
    return {advisor_id: portfolios[advisor_id] for advisor_id in largest[:n_advisors]}


def demo_accounts(customer_ids: Sequence[str], advisor_ids: Sequence[str]) -> list[Account]:
    """These customers and advisors, one of operations and one system."""
    return [
        *(Account(customer_id, "customer", customer_id=customer_id) for customer_id in customer_ids),
        *(Account(advisor_id, "advisor", advisor_id=advisor_id) for advisor_id in advisor_ids),
        Account("operations", "admin"),
        Account("crm", "system"),
    ]
