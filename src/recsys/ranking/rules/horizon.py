"""The time for which a customer can do without the money."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal, below


def horizon(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever needs the money before `min_horizon_years` have passed.

    Source: suitability, MiFID II art. 25(2), Delegated Regulation (EU) 2017/565 art. 54(5).
    """
    return below(customers.horizon_years, product.min_horizon_years)
