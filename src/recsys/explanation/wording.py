"""One reason in the words of a language, and which reasons customers are told at all."""

from __future__ import annotations

import math

from recsys.explanation.phrases import ENGLISH, Phrases, phrases_in
from recsys.explanation.reason import DECLARED, FLAG, HOLDS, MEANT, SPENDING, Reason

_AGE, _HORIZON = "age_years", "horizon_years"
# Of these, to have less than others is nothing to be told: they are from these numbers on, above half of the bands. A
# fifth of what came in is a good part of it.
_LEAST_TOLD = {"annual_income": 0.0, "savings_rate_90d": 0.2, SPENDING: 0.05}
_UPPER_HALF, _UPPER_QUARTER = 0.5, 0.75


def is_told(reason: Reason) -> bool:
    """Whether customers may read it: there is a phrase for it, and it does not say that somebody has little.

    A bank's own column is told by its label, and without one not at all; of its numbers the upper half too. Spending is
    told where three quarters of the bands lie below: what most customers do says nothing of one.
    """
    is_amount = reason.topic == DECLARED and reason.is_band and reason.unit != "days ago"
    least = 0.0 if is_amount else _LEAST_TOLD.get(reason.topic)
    enough = _UPPER_QUARTER if reason.topic == SPENDING else _UPPER_HALF
    if least is not None and (reason.above < enough or reason.low is None or reason.low < least):
        return False
    if reason.topic in (DECLARED, FLAG) and not reason.label:
        return False
    return _phrase(reason, phrases_in(ENGLISH)) is not None


def sentence(reason: Reason, phrases: Phrases) -> str:
    """What a customer reads, without a full stop: `You plan 5 to 10 years ahead`. Only of what `is_told`."""
    phrase = _phrase(reason, phrases)
    assert phrase is not None, f"Nobody is told {reason.code}."
    low, high = _shown_edges(reason)
    clause = phrase.format(
        value=_value(reason, phrases),
        low=_edge(reason, low, phrases),
        high=_edge(reason, high, phrases),
        currency=reason.currency,
        label=reason.label,
    )
    return clause[:1].upper() + clause[1:]


def _phrase(reason: Reason, phrases: Phrases) -> str | None:
    """The phrase with the places that `sentence` fills."""
    if reason.is_band and reason.topic != SPENDING:
        return phrases.get(f"things.{_band_topic(reason)}.{_form(*_shown_edges(reason))}")
    if reason.topic == MEANT:
        return phrases.get(f"meant.{reason.value}")
    thing = phrases.get(f"things.{reason.topic}") or phrases.get(f"anybody.{reason.topic}")
    if thing is None:
        # Each value has a phrase of its own.
        return _value(reason, phrases)
    return None if "{value}" in thing and _value(reason, phrases) is None else thing


def _value(reason: Reason, phrases: Phrases) -> str | None:
    """What stands for the value: a product and a bank's own label are called by their names."""
    if reason.topic == HOLDS:
        return phrases["grammar.product"].format(value=reason.value)
    if reason.topic == DECLARED:
        return reason.value or None
    return phrases.get(f"values.{reason.topic}.{reason.value}")


def _band_topic(reason: Reason) -> str:
    if reason.topic != DECLARED:
        return reason.topic
    return "declared_days" if reason.unit == "days ago" else "declared_band"


def _form(low: float | None, high: float | None) -> str:
    if low is None:
        return "under"
    if high is None:
        return "over"
    return "just" if low == high else "between"


def _shown_edges(reason: Reason) -> tuple[float | None, float | None]:
    """Ages and horizons are whole years: who is not yet 42 is said to be 41 at most."""
    low, high = reason.low, reason.high
    if reason.topic not in (_AGE, _HORIZON) or low is None or high is None:
        return low, high
    least, most = math.ceil(low), math.ceil(high) - 1
    # To want something for 1 to 1 years is no span.
    return (least, most) if most > least or reason.topic == _AGE else (low, high)


def _edge(reason: Reason, edge: float | None, phrases: Phrases) -> str:
    if edge is None:
        return ""
    if reason.unit == "money" and reason.topic == DECLARED:
        return phrases["unit.money"].format(number=_number(edge, phrases), currency=reason.currency)
    return _number(edge, phrases)


def _number(value: float, phrases: Phrases) -> str:
    # Edges have two significant digits, and of a small number two decimals may show none of them.
    plain = f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.1 or not value else f"{value:.2g}"
    marks = {",": phrases["numbers.thousands"], ".": phrases["numbers.decimal"]}
    return "".join(marks.get(character, character) for character in plain)
