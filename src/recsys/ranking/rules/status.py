"""Only active customers are offered anything."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def status(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever has a status that is not `active`.

    A bank that delivers no status delivers its active customers, so a missing one permits. Source: the bank's own
    policy.
    """
    return Refusal.known(customers.status.is_known & ~customers.status.is_one_of(["active"]))
