"""What a person allows now: of everything that they decided the word that counts for each purpose.

As dbt decides it for the rules (`int_consents_latest`, `int_marketing_consents`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recsys.feed.contract import CONSENT_PURPOSES

_ALL_MARKETING, _CHANNEL = "marketing", "marketing_"


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """Whether a purpose is allowed, and by what word; `is_granted` None: nothing was said."""

    purpose: str
    is_granted: bool | None = None
    recorded_at: datetime | None = None
    channel: str | None = None


def standing_consents(decisions: Iterable[Mapping[str, Any]]) -> list[StandingConsent]:
    """The word that counts of `decisions` (purpose, is_granted, recorded_at, channel), in any order, for each purpose.

    The latest word counts, and in a tie the refusal. `marketing` speaks for a channel of which nothing is said, and a
    refusal of all marketing ends what was allowed of a channel before.
    """
    latest = {purpose: StandingConsent(purpose) for purpose in CONSENT_PURPOSES}
    for decision in decisions:
        purpose = decision["purpose"]
        said = StandingConsent(purpose, decision["is_granted"], decision["recorded_at"], decision["channel"])
        latest[purpose] = said if latest[purpose].is_granted is None else max(latest[purpose], said, key=_weight)
    return [_under(latest[_ALL_MARKETING], one) if _is_channel(one) else one for one in latest.values()]


def _under(all_marketing: StandingConsent, one: StandingConsent) -> StandingConsent:
    is_said, is_umbrella_said = one.is_granted is not None, all_marketing.is_granted is not None
    is_ended = is_said and all_marketing.is_granted is False and _weight(all_marketing) >= _weight(one)
    if not is_umbrella_said or (is_said and not is_ended):
        return one
    return StandingConsent(one.purpose, all_marketing.is_granted, all_marketing.recorded_at, all_marketing.channel)


def _is_channel(one: StandingConsent) -> bool:
    return one.purpose.startswith(_CHANNEL)


def _weight(one: StandingConsent) -> tuple[datetime, bool]:
    assert one.recorded_at is not None
    return one.recorded_at, not one.is_granted
