"""Products that come with another one."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def requires(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever holds none of the products that it requires.

    What the catalogue lists no more fulfils nothing. Source: the bank's own policy.
    """
    if not product.requires:
        return None
    listed = [product_id for product_id in product.requires if product_id in customers.catalogue.index]
    return Refusal.known(~customers.holds_one_of(listed))
