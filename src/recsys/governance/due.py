"""Whether training is due, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from recsys.errors import ModelError
from recsys.types import TrainPolicy


@dataclass(frozen=True, slots=True)
class Standing:
    """The champion, as training sees it.

    `trained_until` is where its data ends. `compared_until` is where the data of the last training ended that left it
    champion, None without one. `unknown_products` are on sale and cannot be scored. `knows_declared`: of the bank's own
    columns it was trained with those that feeds declare as features now.
    """

    trained_until: date
    has_current_features: bool
    unknown_products: tuple[str, ...]
    compared_until: date | None = None
    knows_declared: bool = True
    is_readable: bool = True


def why_due(policy: TrainPolicy, champion: Standing | None, as_of: date, max_age_days: int) -> tuple[bool, str]:
    """Whether to train, and the reason either way.

    A training that refused every candidate counts like one that promoted: the next is due `max_age_days` later, not
    on the next morning. Raises `ModelError` where training is forbidden and no champion could score without it.
    """
    if policy == "never":
        _check_serves(champion)
        return False, "training was switched off for this run"
    if policy == "always":
        return True, "training was asked for"
    if champion is None:
        return True, "there is no champion yet"
    return _misfit(champion, as_of) or _age(champion, as_of, max_age_days)


def _misfit(champion: Standing, as_of: date) -> tuple[bool, str] | None:
    if not champion.is_readable:
        return True, "the champion cannot be read by this version"
    if not champion.has_current_features:
        return True, "the champion was trained with other features"
    if not champion.knows_declared:
        return True, "the feed declares other columns as features than the champion was trained with"
    if champion.unknown_products:
        return True, f"the champion does not know {', '.join(champion.unknown_products)}"
    if champion.trained_until > as_of:
        return True, f"the champion knows data up to {champion.trained_until}, which is later than {as_of}"
    return None


def _age(champion: Standing, as_of: date, max_age_days: int) -> tuple[bool, str]:
    compared = champion.compared_until
    if compared is not None and champion.trained_until < compared <= as_of:
        age = (as_of - compared).days
        state = f"the champion was last compared {age} days before {as_of}, training is due at {max_age_days}"
    else:
        age = (as_of - champion.trained_until).days
        state = f"the champion's data ends {age} days before {as_of}, training is due at {max_age_days}"
    return age >= max_age_days, state


def _check_serves(champion: Standing | None) -> None:
    if champion is None:
        raise ModelError("There is no champion, and training is switched off.", remedy="Run with --train auto.")
    if not champion.is_readable or not champion.has_current_features:
        raise ModelError(
            "The champion cannot be read by this version or was trained with other features, and training is switched "
            "off.",
            remedy="Run with --train auto or always.",
        )
