"""The knowledge and experience that a product asks for."""

from __future__ import annotations

from datetime import date

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.rules.rule import Refusal, below


def knowledge(customers: RuleFacts, product: Product, as_of: date) -> Refusal | None:
    """Refuses whoever has shown less knowledge and experience than `min_knowledge_level`.

    Source: suitability, MiFID II art. 25(2), Delegated Regulation (EU) 2017/565 art. 54(2)(c) and 55.
    """
    return below(customers.knowledge_level, product.min_knowledge_level)
