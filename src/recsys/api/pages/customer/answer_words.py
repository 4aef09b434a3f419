"""What customers answer, and what they hear after it."""

from __future__ import annotations

from collections.abc import Mapping

from recsys.api.pages.languages import Words
from recsys.io.feedback import Kind, Reason


def dismissal_reasons(words: Words) -> Mapping[Reason, str]:
    """Why somebody is not interested, in the order of the form."""
    _ = words.gettext
    return {
        "not_interested": _("It does not interest me"),
        "not_now": _("Not at the moment"),
        "already_have": _("I have something like it"),
        "too_expensive": _("It is too expensive"),
        "too_risky": _("It is too risky"),
        "not_understood": _("I do not understand what it is"),
        "other": _("Another reason"),
    }


def kinds_told(words: Words) -> Mapping[Kind, str]:
    """What somebody did with a recommendation, told to himself."""
    _ = words.gettext
    return {
        "shown": _("It was shown to you."),
        "clicked": _("You asked for more about it."),
        "dismissed": _("You were not interested."),
        "rated": _("You rated the recommendation."),
        "applied": _("You applied for it."),
        "accepted": _("You took it."),
        "rejected": _("You said no to it."),
    }


def said_after(words: Words) -> Mapping[str, str]:
    """What is said when a form was sent, by the code in the address."""
    _ = words.gettext
    return {
        "rated": _("Thank you, your rating is noted."),
        "dismissed": _("It is off your list, and we do not ask again for a while."),
        "noted": _("Thank you, your answer is noted."),
        "asked": _("Your question was sent."),
        "consent": _("Your decision counts from now on."),
        "requested": _("Your request was taken in."),
    }
