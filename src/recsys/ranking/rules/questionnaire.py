"""Whether the answers that suitability rests on are still valid."""

from __future__ import annotations

from datetime import date

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal

# An answer about risk and knowledge counts for two years; then the customer has to be asked again.
VALID_DAYS = 730


def questionnaire(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses what needs suitability to whoever never answered, or longer ago than `VALID_DAYS`.

    Source: up-to-date information, Delegated Regulation (EU) 2017/565 art. 54(7); two years are the bank's own policy.
    """
    if not product.needs_suitability:
        return None
    is_known = ~np.isnat(customers.answered)
    age = np.datetime64(as_of, "D") - customers.answered
    return Refusal.unless(age <= np.timedelta64(VALID_DAYS, "D"), is_known)
