"""Whoever objected is offered nothing, where the bank has set so."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def objection(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses every product to whoever objected to profiling, or refused or withdrew consent to it.

    Only in a bank that then offers nothing, or did so when the person decided; in others they are ranked what is
    popular, of which no profile is made. Source: right to object, GDPR art. 21(2) and (3); withdrawal of consent, GDPR
    art. 7(3).
    """
    return Refusal.known(customers.is_objecting)
