"""Products that do not go together."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def excludes(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever holds a product that it excludes, also one that the catalogue lists no more.

    Source: the bank's own policy.
    """
    return Refusal.known(customers.holds_one_of(product.excludes)) if product.excludes else None
