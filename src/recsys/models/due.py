"""Whether training is due, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recsys.errors import ModelError
from recsys.types import TrainPolicy


@dataclass(frozen=True, slots=True)
class Standing:
    """The champion: when its data ended, whether its features are this version's, and what it cannot score."""

    trained_until: date
    has_current_features: bool
    unknown_products: tuple[str, ...]


def why_due(policy: TrainPolicy, champion: Standing | None, as_of: date, max_age_days: int) -> tuple[bool, str]:
    """Whether to train, and the reason either way.

    Raises `ModelError` where training is forbidden and no champion could score without it.
    """
    if policy == "never":
        _check_serves(champion)
        return False, "training was switched off for this run"
    if policy == "always":
        return True, "training was asked for"
    if champion is None:
        return True, "there is no champion yet"
    if not champion.has_current_features:
        return True, "the champion was trained with other features"
    if champion.unknown_products:
        return True, f"the champion does not know {', '.join(champion.unknown_products)}"
    age = (as_of - champion.trained_until).days
    state = f"the champion's data ends {age} days before {as_of}, training is due at {max_age_days}"
    return age >= max_age_days, state


def _check_serves(champion: Standing | None) -> None:
    if champion is None:
        raise ModelError("There is no champion, and training is switched off.", remedy="Run with --train auto.")
    if not champion.has_current_features:
        raise ModelError(
            "The champion was trained with other features, and training is switched off.",
            remedy="Run with --train auto or always.",
        )
