"""Only what is on sale is offered."""

from __future__ import annotations

from datetime import date

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def on_sale(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses everybody before a product's first day of sale and from its withdrawal on.

    Source: product governance, MiFID II art. 24(2); the bank's own policy.
    """
    is_withdrawn = product.withdrawn_date is not None and product.withdrawn_date <= as_of
    is_early = product.launched_date is not None and product.launched_date > as_of
    return Refusal.known(np.ones(len(customers), dtype=np.bool_)) if is_withdrawn or is_early else None
