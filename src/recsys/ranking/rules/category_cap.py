"""How many products of one category a customer may hold."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def category_cap(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever holds `max_in_category` products of its category already.

    What the catalogue no longer lists has no category, and counts in none. Source: the bank's own policy.
    """
    if product.max_in_category is None:
        return None
    return Refusal.known(customers.n_held_in(product.category) >= product.max_in_category)
