"""What a product asks for, in sentences: nothing in them is about a customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from recsys.ranking.catalogue import Product
from recsys.ranking.rules.registry import BY_NAME


def _years(number: int) -> str:
    return f"{number} year" if number == 1 else f"{number} years"


def _one_of(values: Iterable[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else str(last)


# By field of `Product`; what a rule looks at is in its `limits`.
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "category": lambda value: f"Its category is {value}.",
    "risk_class": lambda value: f"Its risk class is {value} of 7.",
    "min_age": lambda value: f"It is sold from the age of {value} on.",
    "max_age": lambda value: f"It is sold up to the age of {value}.",
    "min_annual_income": lambda value: f"It asks for a yearly income of at least {value:,.15g}.",
    "min_horizon_years": lambda value: f"It asks for a horizon of at least {_years(value)}.",
    "min_knowledge_level": lambda value: f"It asks for knowledge and experience of at least {value} of 5.",
    "min_loss_capacity": lambda value: f"It asks for a capacity for loss of at least {value} of 5.",
    "countries": lambda value: f"It is sold to residents of {_one_of(value)} only.",
    "target_segments": lambda value: f"It is meant for the segment {_one_of(value)} only.",
    "negative_segments": lambda value: f"It is not meant for the segment {_one_of(value)}.",
    "requires": lambda value: f"It asks that {_one_of(value)} is held.",
    "excludes": lambda value: f"It is not sold beside {_one_of(value)}.",
    "max_in_category": lambda value: f"At most {value} of its category may be held, it included.",
    "cooling_off_days": lambda value: f"Whoever refused it is not asked again for {value} days.",
    "consent_purpose": lambda value: f"It asks for the consent {value}.",
    "launched_date": lambda value: f"It is on sale from {value} on.",
    "withdrawn_date": lambda value: f"It is no longer on sale from {value} on.",
}


def limits_of(product: Product, rule: str) -> list[str]:
    """What `product` asks for of that which `rule` looks at; nothing for a rule that is no more."""
    fields = BY_NAME[rule].limits if rule in BY_NAME else ()
    return [_SENTENCES[field](value) for field in fields if (value := getattr(product, field)) not in (None, (), "")]
