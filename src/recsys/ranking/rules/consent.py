"""What may only be offered to those who allowed it."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def consent(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever did not allow `consent_purpose`: who refused or withdrew it, and, as unknown, who never said.

    Source: consent, GDPR art. 6(1)(a) and 7; for electronic marketing also Directive 2002/58/EC art. 13.
    """
    if not product.consent_purpose:
        return None
    return Refusal.unless(
        customers.granted_purposes.have(product.consent_purpose),
        customers.decided_purposes.have(product.consent_purpose),
    )
