"""What each decision about one's data does, and how far a request is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from recsys.api.pages.languages import Words
from recsys.io.filed_requests import OwnKind


def consent_means(words: Words, serves: Literal["nothing", "popular"]) -> Mapping[str, str]:
    """By purpose what a consent allows and what follows without it; `serves` is what is offered without a profile."""
    _ = words.gettext
    profile = _("We work out from your data which products fit you.")
    without_profile = {
        "popular": _(
            "Without it your next list has what many customers take and you may have; until then it is empty."
        ),
        "nothing": _("Without it you get no recommendations."),
    }[serves]
    return {
        "profiling": f"{profile} {without_profile}",
        "marketing": _(
            "We may send you offers and news. Turned off, it ends every way below that you do not allow again."
        ),
        "marketing_email": _("We may write to you by e-mail."),
        "marketing_push": _("The app may show you offers as messages."),
        "marketing_sms": _("We may send you text messages."),
        "marketing_phone": _("We may call you."),
        "marketing_post": _("We may send you letters."),
        "third_party": _("You may be recommended products of our partners. Without it they are not on your list."),
    }


def request_kinds(words: Words) -> Mapping[OwnKind, str]:
    """What a customer may file here."""
    _ = words.gettext
    return {"access": _("Complete copy of my data"), "export": _("My data to take along")}


def request_states(words: Words) -> Mapping[str, str]:
    """How far it is."""
    _ = words.gettext
    return {
        "received": _("taken in"),
        "running": _("being worked on"),
        "done": _("done"),
        "refused": _("not possible"),
        "failed": _("being worked on"),
    }
