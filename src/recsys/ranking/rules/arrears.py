"""Whoever is behind with a payment is not offered more credit."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal

# Products by which the bank lends money.
CREDIT_CATEGORIES = frozenset({"credit", "credit card", "loan", "mortgage", "overdraft"})


def arrears(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses credit to whoever is behind with a payment, and to whoever it is unknown of in a bank that tells of some.

    Source: responsible lending, Directive (EU) 2023/2225 art. 18, of mortgages Directive 2014/17/EU art. 18; the
    bank's own policy.
    """
    if product.category.lower() not in CREDIT_CATEGORIES:
        return None
    return Refusal(customers.is_in_arrears | customers.is_arrears_unknown, customers.is_arrears_unknown)
