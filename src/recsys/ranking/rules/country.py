"""The countries that a product is sold in."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def country(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever lives outside `countries`.

    Source: target market, MiFID II art. 24(2); national rules of distribution.
    """
    if not product.countries:
        return None
    return Refusal.unless(customers.country.is_one_of(product.countries), customers.country.is_known)
