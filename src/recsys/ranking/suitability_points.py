"""How an investment compares with what a customer told, point by point.

The points are those of Delegated Regulation (EU) 2017/565 art. 54(12): objectives, the time until the money is needed,
risk, capacity for loss, knowledge and experience.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recsys.ranking.catalogue import Product


class Point(StrEnum):
    """What is compared."""

    HORIZON = "horizon"  # years
    RISK = "risk"  # of 7
    LOSS = "loss"  # of 5
    KNOWLEDGE = "knowledge"  # of 5


@dataclass(frozen=True, slots=True)
class Told:
    """The customer's answers, None where nothing was said, and the day of the last questionnaire."""

    investment_goal: str | None
    horizon_years: int | None
    risk_tolerance: int | None
    knowledge_level: int | None
    loss_capacity: int | None
    answered_date: date | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One point: what was told, and what the product asks for at least; `asked` None: it asks for nothing there."""

    point: Point
    told: int | None
    asked: int | None

    @property
    def is_met(self) -> bool:
        """What is not known meets no limit."""
        return self.asked is None or (self.told is not None and self.told >= self.asked)


def compare(told: Told, product: Product) -> Sequence[Compared]:
    """Every point of an investment; none for a product without a risk class, which is no investment."""
    if product.risk_class is None:
        return ()
    return (
        Compared(Point.HORIZON, told.horizon_years, product.min_horizon_years),
        Compared(Point.RISK, told.risk_tolerance, product.risk_class),
        Compared(Point.LOSS, told.loss_capacity, product.min_loss_capacity),
        Compared(Point.KNOWLEDGE, told.knowledge_level, product.min_knowledge_level),
    )
