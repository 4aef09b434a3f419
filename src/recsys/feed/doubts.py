"""What is to be taken for a refusal: a rejected row of `consents` that may be one, and no consents at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from recsys.feed.contract import CONSENTS

_GRANTED = ("true", "1", "yes")
_OTHER_PURPOSES = tuple(
    purpose
    for column in CONSENTS.columns
    if column.name == "purpose"
    for purpose in column.choices
    if purpose != "profiling"
)

NOBODY_CONSENTS = (
    "No consents are delivered, and the legal basis of profiling is consent: nobody would be profiled. "
    "Deliver `consents`, or name another `legal_basis`."
)


def profiles_nobody(legal_basis: str, delivered: Iterable[str]) -> bool:
    """Whether profiling needs consents, and they are not among the `delivered` tables."""
    return legal_basis == "consent" and CONSENTS.name not in delivered


def may_refuse_profiling(row: Mapping[str, Any]) -> bool:
    """Whether a row that broke the contract may be a refusal of profiling: unless it clearly is of another purpose, or
    clearly allows something.

    >>> may_refuse_profiling({"purpose": "profiling", "is_granted": "no", "recorded_at": "31.31.2024"})
    True
    >>> may_refuse_profiling({"purpose": "prof", "is_granted": "no"})
    True
    >>> may_refuse_profiling({"purpose": "marketing_email", "is_granted": "no"})
    False
    >>> may_refuse_profiling({"purpose": "profiling", "is_granted": "yes"})
    False
    """
    return _word(row, "purpose") not in _OTHER_PURPOSES and _word(row, "is_granted") not in _GRANTED


def _word(row: Mapping[str, Any], column: str) -> str:
    return str(row.get(column)).strip().lower()
