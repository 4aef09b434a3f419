"""One reason in the words of a language, and which reasons customers are told at all."""

from __future__ import annotations

from recsys.explanation.phrases import ENGLISH, Phrases, phrases_in
from recsys.explanation.reason import DECLARED, FLAG, HOLDS, SPENDING, Reason

_DAYS_PER_YEAR = 365.25
_AGE = "age_years"
# Of these, to have less than others is nothing to be told: they are from these numbers on, in the upper half of the
# bands. A tenth of all spending is a lot, and what is kept has to be something.
_LEAST_TOLD = {"annual_income": 0.0, "money_in_90d": 0.0, "savings_rate_90d": 0.05, SPENDING: 0.1}


def is_told(reason: Reason) -> bool:
    """Whether customers may read it: there is a phrase for it, and it does not say that somebody has little.

    A bank's own column is told by its label, and without one not at all; of its numbers the upper half too.
    """
    is_amount = reason.topic == DECLARED and reason.is_band and reason.unit != "days ago"
    least = 0.0 if is_amount else _LEAST_TOLD.get(reason.topic)
    if least is not None and (not reason.is_upper or reason.low is None or reason.low < least):
        return False
    if reason.topic in (DECLARED, FLAG) and not reason.label:
        return False
    return _phrase(reason, phrases_in(ENGLISH)) is not None


def sentence(reason: Reason, phrases: Phrases) -> str:
    """What a customer reads, without a full stop: `You plan 5 to 10 years ahead`. Only of what `is_told`."""
    phrase = _phrase(reason, phrases)
    assert phrase is not None, f"Nobody is told {reason.code}."
    clause = phrase.format(
        value=_value(reason, phrases),
        low=_edge(reason, reason.low, phrases),
        high=_edge(reason, _shown_high(reason), phrases),
        currency=reason.currency,
        label=reason.label,
    )
    return clause[:1].upper() + clause[1:]


def _phrase(reason: Reason, phrases: Phrases) -> str | None:
    """The phrase with the places that `sentence` fills."""
    if reason.is_band and reason.topic != SPENDING:
        return phrases.get(f"things.{_band_topic(reason)}.{_form(reason)}")
    thing = phrases.get(f"things.{reason.topic}") or phrases.get(f"anybody.{reason.topic}")
    if thing is None:
        # Each value has a phrase of its own.
        return _value(reason, phrases)
    return None if "{value}" in thing and _value(reason, phrases) is None else thing


def _value(reason: Reason, phrases: Phrases) -> str | None:
    """What stands for the value: a product and a bank's own label are called by their names."""
    if reason.topic in (HOLDS, DECLARED):
        return reason.value or None
    return phrases.get(f"values.{reason.topic}.{reason.value}")


def _band_topic(reason: Reason) -> str:
    if reason.topic != DECLARED:
        return reason.topic
    return "declared_days" if reason.unit == "days ago" else "declared_band"


def _form(reason: Reason) -> str:
    if reason.low is None:
        return "under"
    if reason.high is None:
        return "over"
    return "just" if reason.low == _shown_high(reason) else "between"


def _shown_high(reason: Reason) -> float | None:
    """Who is not yet 42 is said to be 41 at most."""
    low, high = reason.low, reason.high
    is_in_years = reason.topic == _AGE and low is not None and high is not None and float(low + high).is_integer()
    return high - 1 if is_in_years and high is not None else high


def _edge(reason: Reason, edge: float | None, phrases: Phrases) -> str:
    if edge is None:
        return ""
    if reason.unit == "share":
        return _number(float(f"{edge * 100:.3g}"), phrases)
    if reason.unit == "days":
        return _number(round(edge / _DAYS_PER_YEAR, 1), phrases)
    if reason.unit == "money" and reason.topic == DECLARED:
        return phrases["unit.money"].format(number=_number(edge, phrases), currency=reason.currency)
    return _number(edge, phrases)


def _number(value: float, phrases: Phrases) -> str:
    # Edges have two significant digits, and of a small number two decimals may show none of them.
    plain = f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.1 or not value else f"{value:.2g}"
    marks = {",": phrases["numbers.thousands"], ".": phrases["numbers.decimal"]}
    return "".join(marks.get(character, character) for character in plain)
