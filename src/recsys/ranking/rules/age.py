"""The age at which a product is sold."""

from __future__ import annotations

from datetime import date

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def age(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever is outside `min_age` and `max_age`, or may be.

    Only the birth year is known, or a band of years: both limits must hold whatever the birthday.
    Source: target market, MiFID II art. 24(2); the bank's own policy.
    """
    if product.min_age is None and product.max_age is None:
        return None
    oldest = as_of.year - customers.birth_year
    # On the last day of the year everybody has had this year's birthday.
    birthday_doubt = 0 if (as_of.month, as_of.day) == (12, 31) else 1
    youngest = as_of.year - customers.birth_year_to - birthday_doubt
    is_permitted = np.ones(len(customers), dtype=np.bool_)
    if product.min_age is not None:
        is_permitted &= youngest >= product.min_age
    if product.max_age is not None:
        is_permitted &= oldest <= product.max_age
    return Refusal.unless(is_permitted, ~np.isnan(customers.birth_year))
