"""What a model may know about a customer, and how to say it to that customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

FEATURES_VERSION = 3
SHARE_PREFIX = "share_365d__"

Unit = Literal["", "money", "years", "days", "days ago", "share"]


class AttributeKind(StrEnum):
    """How values become features."""

    BAND = "band"  # a number, cut into bands with about equally many customers
    LEVEL = "level"  # a small whole number, one feature for each value
    LABEL = "label"  # a text, one feature for each value that enough customers share


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: `sentence` takes the value of a label or level, or the words of a band, at `{}`.

    `pools_rare`: of a label, the values that too few customers share are one feature together.
    """

    name: str
    kind: AttributeKind
    sentence: str
    unit: Unit = ""
    maximum: int | None = None  # of a level; larger values count as this one
    pools_rare: bool = False


_BAND, _LEVEL, _LABEL = AttributeKind.BAND, AttributeKind.LEVEL, AttributeKind.LABEL

# Columns of marts.feat_customers. Whatever else that table holds, a model does not see it.
ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("age_years", _BAND, "Your age is {}", "years"),
    Attribute("annual_income", _BAND, "Your yearly income is {}", "money"),
    Attribute("tenure_days", _BAND, "You have been a customer for {}", "days"),
    Attribute("country", _LABEL, "You live in {}"),
    Attribute("region", _LABEL, "You live in the region {}"),
    Attribute("segment", _LABEL, "You are in our segment {}"),
    Attribute("education", _LABEL, "Your education: {}"),
    Attribute("employment_status", _LABEL, "Your employment: {}"),
    Attribute("occupation", _LABEL, "Your occupation: {}"),
    Attribute("n_dependants", _LEVEL, "Number of people who depend on your income: {}", maximum=4),
    Attribute("investment_goal", _LABEL, "Your goal: {}"),
    Attribute("risk_tolerance", _LEVEL, "Your risk tolerance is {} out of 7", maximum=7),
    Attribute("knowledge_level", _LEVEL, "Your investment knowledge is {} out of 5", maximum=5),
    Attribute("loss_capacity", _LEVEL, "Your capacity for loss is {} out of 5", maximum=5),
    Attribute("horizon_years", _BAND, "You plan ahead for {}", "years"),
    Attribute("money_in_90d", _BAND, "The money you received in the last 90 days is {}", "money"),
    Attribute(
        "savings_rate_90d", _BAND, "The share of your money that you did not spend in the last 90 days is {}", "share"
    ),
    Attribute("spend_365d", _BAND, "Your spending in the last year is {}", "money"),
)

# Known from the holdings themselves, so that it always agrees with what is held at the moment that is encoded.
N_HOLDINGS = Attribute("n_holdings", _LEVEL, "Number of products you hold: {}", maximum=8)


def spending_attribute(category: str) -> Attribute:
    """The attribute for one spending category's share of a year's spending."""
    return Attribute(f"{SHARE_PREFIX}{category}", _BAND, f"The share of {category} in your spending is {{}}", "share")
