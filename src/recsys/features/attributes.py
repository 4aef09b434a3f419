"""What a model may know about a customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

FEATURES_VERSION = 4
SHARE_PREFIX = "share_365d__"

Unit = Literal["", "money", "years", "days", "days ago", "share"]


class AttributeKind(StrEnum):
    """How values become features."""

    BAND = "band"  # a number, cut into bands with about equally many customers
    LEVEL = "level"  # a small whole number, one feature for each value
    LABEL = "label"  # a text, one feature for each value that enough customers share


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. Of a label, `pools_rare`: the values that too few customers share are one feature together.

    Of a bank's own column: `label` is what customers are told that it is, empty: they are not told of it; `is_flag`:
    its values are yes and no.
    """

    name: str
    kind: AttributeKind
    unit: Unit = ""
    maximum: int | None = None  # of a level; larger values count as this one
    pools_rare: bool = False
    label: str = ""
    is_flag: bool = False


_BAND, _LEVEL, _LABEL = AttributeKind.BAND, AttributeKind.LEVEL, AttributeKind.LABEL

# Columns of marts.feat_customers. Whatever else that table holds, a model does not see it.
ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("age_years", _BAND, "years"),
    Attribute("annual_income", _BAND, "money"),
    Attribute("tenure_days", _BAND, "days"),
    Attribute("country", _LABEL),
    Attribute("region", _LABEL),
    Attribute("segment", _LABEL),
    Attribute("education", _LABEL),
    Attribute("employment_status", _LABEL),
    Attribute("occupation", _LABEL),
    Attribute("n_dependants", _LEVEL, maximum=4),
    Attribute("investment_goal", _LABEL),
    Attribute("risk_tolerance", _LEVEL, maximum=7),
    Attribute("knowledge_level", _LEVEL, maximum=5),
    Attribute("loss_capacity", _LEVEL, maximum=5),
    Attribute("horizon_years", _BAND, "years"),
    Attribute("money_in_90d", _BAND, "money"),
    Attribute("savings_rate_90d", _BAND, "share"),
    Attribute("spend_365d", _BAND, "money"),
)

# Known from the holdings themselves, so that it always agrees with what is held at the moment that is encoded.
N_HOLDINGS = Attribute("n_holdings", _LEVEL, maximum=8)


def spending_attribute(category: str) -> Attribute:
    """The attribute for one spending category's share of a year's spending."""
    return Attribute(f"{SHARE_PREFIX}{category}", _BAND, "share")
