"""Products that come with another one."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def requires(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever holds none of the products that it requires. Source: the bank's own policy."""
    return Refusal.known(~customers.holds_one_of(product.requires)) if product.requires else None
