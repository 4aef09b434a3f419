"""The segments that a product is not meant for."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def negative_segment(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever is in one of `negative_segments`.

    Source: negative target market, Delegated Directive (EU) 2017/593 art. 9(9) and 10(2).
    """
    if not product.negative_segments:
        return None
    return Refusal.unless(~customers.segment.is_one_of(product.negative_segments), customers.segment.is_known)
