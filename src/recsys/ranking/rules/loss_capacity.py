"""The loss that a customer can bear."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal, below


def loss_capacity(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever can bear less loss than `min_loss_capacity`.

    Source: suitability, MiFID II art. 25(2), Delegated Regulation (EU) 2017/565 art. 54(2)(b) and 54(4).
    """
    return below(customers.loss_capacity, product.min_loss_capacity)
