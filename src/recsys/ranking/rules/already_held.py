"""What the customer holds is not offered again."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def already_held(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever holds the product. Source: the bank's own policy."""
    return Refusal.known(customers.holds_one_of([product.product_id]))
