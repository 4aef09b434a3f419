"""What the adapters of public data sets hand over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from recsys.feed.contract import PRODUCTS
from recsys.feed.manifest import Manifest
from recsys.feed.tables import feed_table


@dataclass(frozen=True, slots=True)
class AdaptedFeed:
    """A whole feed in memory: tables by name, and what `feed.toml` is to say."""

    tables: Mapping[str, pa.Table]
    manifest: Manifest


def catalogue(
    products: Iterable[tuple[str, str, str]], client_needs: Mapping[str, tuple[str, ...]] | None = None
) -> pa.Table:
    """`products` without any limits, from (id, name, category): a public data set states none.

    `client_needs` of the products that are not for what their category is for.
    """
    ids, names, categories = zip(*products, strict=True)
    needs = [list((client_needs or {}).get(product_id, ())) or None for product_id in ids]
    return feed_table(
        PRODUCTS,
        {
            "product_id": list(ids),
            "product_name": list(names),
            "category": list(categories),
            "client_needs": needs,
        },
    )


def owned(customer_ids: pd.Series, flags: Mapping[str, pd.Series]) -> dict[str, list[str]]:
    """Holder and product of every flag `(n,)` that is true, for holdings without dates."""
    rows = [(customer_ids[flag.astype(bool)], product_id) for product_id, flag in flags.items()]
    return {
        "customer_id": [customer_id for holders, _ in rows for customer_id in holders],
        "product_id": [product_id for holders, product_id in rows for _ in range(len(holders))],
    }
