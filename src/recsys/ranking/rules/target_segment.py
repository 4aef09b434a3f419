"""The segments that a product is meant for."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal


def target_segment(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever is outside `target_segments`.

    Source: target market, MiFID II art. 16(3) and 24(2), Delegated Directive (EU) 2017/593 art. 10.
    """
    if not product.target_segments:
        return None
    return Refusal.unless(customers.segment.is_one_of(product.target_segments), customers.segment.is_known)
