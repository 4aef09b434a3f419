"""Whoever refused a product is left alone with it for a while."""

from __future__ import annotations

from datetime import date

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def cooling_off(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever refused the product less than `cooling_off_days` before, or after `as_of`.

    Like a refused consent a refusal counts whenever it was given: what a run of an earlier day makes is used today.
    Source: the bank's own policy.
    """
    if not product.cooling_off_days:
        return None
    over = np.datetime64(as_of, "D") - np.timedelta64(product.cooling_off_days, "D")
    return Refusal.known(customers.last_refused(product.product_id) > over)
