"""The risk of an investment against the customer's tolerance."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal, below


def risk(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever tolerates less risk than the product's class.

    Source: suitability, MiFID II art. 25(2), Delegated Regulation (EU) 2017/565 art. 54(2)(a).
    """
    return below(customers.risk_tolerance, product.risk_class)
