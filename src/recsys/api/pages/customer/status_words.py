"""Why there is no list, as the customer is told it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recsys.api.pages.languages import Words
from recsys.api.routes.recommendations import Status


@dataclass(frozen=True, slots=True)
class StatusTold:
    """What is the matter, what follows of it, and whether the privacy settings have to do with it."""

    head: str
    text: str
    is_own_choice: bool = False


def status_told(words: Words, status: Status, serves: Literal["nothing", "popular"]) -> StatusTold:
    """For everything that can keep a list from somebody; `serves` is what the bank offers whoever is not profiled."""
    _ = words.gettext
    gone = _("What was made of your profile is not shown any more.")
    instead = {
        "popular": _("Your next list has what many customers take and you may have."),
        "nothing": _("As long as it stays so, you get no recommendations."),
    }[serves]
    match status:
        case Status.OBJECTED:
            return StatusTold(
                _("You objected to personal recommendations"),
                f"{gone} {instead}",
                is_own_choice=True,
            )
        case Status.CONSENT_WITHDRAWN:
            return StatusTold(
                _("You do not allow personal recommendations"),
                f"{gone} {instead}",
                is_own_choice=True,
            )
        case Status.RESTRICTED:
            return StatusTold(
                _("The use of your data is restricted"),
                _("Your data is stored and used for nothing else. Until that is lifted there are no recommendations."),
                is_own_choice=True,
            )
        case Status.NOTHING_LEFT:
            return StatusTold(
                _("Nothing is left on your list"),
                _("Everything on it was put aside, or is not sold any more. A new list is made regularly."),
            )
        case _:
            return StatusTold(
                _("There are no recommendations for you yet"),
                _("A new list is made regularly, and the next one may have something for you."),
            )
