"""The income that a product asks for."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal, below


def income(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever earns less than `min_annual_income`. Source: the bank's own policy."""
    return below(customers.annual_income, product.min_annual_income)
