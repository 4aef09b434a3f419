"""Codes that advisors see as words."""

from __future__ import annotations

from collections.abc import Mapping

from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words
from recsys.io.portfolios import Conversation
from recsys.ranking.strength import Strength
from recsys.ranking.suitability_points import Point


def strength_words(words: Words) -> Mapping[str, str]:
    """How strongly a product is recommended, as a badge says it."""
    _ = words.gettext
    return {Strength.STRONG: _("strong"), Strength.GOOD: _("good"), Strength.FAIR: _("fair")}


def strength_meanings(words: Words) -> Mapping[str, str]:
    """What that means, and no probability."""
    _ = words.gettext
    return {
        Strength.STRONG: _("Among the highest quarter of all to whom this product is recommended."),
        Strength.GOOD: _("Among the higher half of all to whom this product is recommended."),
        Strength.FAIR: _("In the lower half of all to whom this product is recommended."),
    }


def kind_words(words: Words) -> Mapping[str, str]:
    """What was done with a recommendation."""
    _ = words.gettext
    return {
        "listed": _("List published"),
        "shown": _("Shown"),
        "clicked": _("Looked at more closely"),
        "dismissed": _("Not interested"),
        "rated": _("Rated"),
        "applied": _("Applied for"),
        "accepted": _("Accepted"),
        "rejected": _("Declined"),
    }


def outcome_words(words: Words) -> Mapping[str, str]:
    """How a conversation about a product can end."""
    _ = words.gettext
    return {
        "accepted": _("The customer takes it"),
        "applied": _("The customer has applied for it"),
        "rejected": _("The customer declines"),
        "dismissed": _("The customer does not want to hear of it"),
    }


def answer_reasons(words: Words) -> Mapping[str, str]:
    """Why a customer declines."""
    _ = words.gettext
    return {
        "not_interested": _("No interest"),
        "not_now": _("Not now"),
        "already_have": _("Has something like it"),
        "too_expensive": _("Too expensive"),
        "too_risky": _("Too risky"),
        "not_understood": _("Not understood"),
        "other": _("Another reason"),
    }


def channel_words(words: Words) -> Mapping[str, str]:
    """By what way somebody answered."""
    _ = words.gettext
    return {
        "branch": _("In the branch"),
        "phone": _("By telephone"),
        "email": _("By e-mail"),
        "app": _("In the app"),
        "web": _("On the website"),
    }


def role_words(words: Words) -> Mapping[str, str]:
    """Who wrote an answer down."""
    _ = words.gettext
    return {"customer": _("the customer"), "advisor": _("an advisor"), "system": _("a system of the bank")}


def decision_reasons(words: Words) -> Mapping[str, str]:
    """Why an advisor overrides the list."""
    _ = words.gettext
    return {
        "customer_wish": _("The customer asked for it"),
        "life_event": _("The customer's situation has changed"),
        "better_alternative": _("Another product fits better"),
        "unsuitable_in_my_judgement": _("It does not suit the customer in my judgement"),
        "bad_timing": _("It is not the right moment"),
        "data_is_wrong": _("The data that it rests on is wrong"),
    }


def goal_words(words: Words) -> Mapping[str, str]:
    """What customers save for; a bank's own goals stay as the bank calls them."""
    _ = words.gettext
    return {
        "retirement": _("Retirement"),
        "home": _("A home"),
        "education": _("Education"),
        "family": _("The family"),
        "wealth": _("Building up wealth"),
        "safety": _("A safe reserve"),
        "liquidity": _("Money at hand"),
        "travel": _("Travel"),
        "purchases": _("Larger purchases"),
    }


def point_words(words: Words) -> Mapping[str, str]:
    """The points of suitability."""
    _ = words.gettext
    return {
        Point.HORIZON: _("Years until the money is needed"),
        Point.RISK: _("Risk that is accepted, of 7"),
        Point.LOSS: _("Loss that can be borne, of 5"),
        Point.KNOWLEDGE: _("Knowledge and experience, of 5"),
    }


def told_after(words: Words) -> Mapping[str, tuple[str, bool]]:
    """What a form came to, by the code in the address, and whether it went well."""
    _ = words.gettext
    return {
        "outcome": (_("The outcome of the conversation is written down."), True),
        "outcome_before": (_("This form was sent before, with something else in it. The first one counts."), False),
        "taken_off": (_("The product is off the customer's list from now on."), True),
        "suggested": (_("Your suggestion stands beside the list."), True),
        "revoked": (_("The decision is revoked."), True),
        "nothing_to_revoke": (_("That decision does not hold any more."), False),
        "not_listed": (_("The product is not on the list any more: there is nothing to take off."), False),
        "not_sold": (_("The product is not on sale."), False),
        "refused": (_("A rule refuses this product to the customer. Permission comes before preference."), False),
        "listed": (_("The product is on the list already."), False),
        "suggested_already": (_("The product is suggested already."), False),
        "nothing_shown": (_("Nothing may be shown to this customer now, so there is nothing to decide."), False),
        "until_when": (_("A decision holds until a day between today and a year from now."), False),
        "answered": (_("Your answer is sealed. The customer reads it after the next run."), True),
        "not_answerable": (_("The question has an answer already, or cannot be read yet."), False),
        "not_written": (_("This was not written down: the form lacked something. Please fill it in again."), False),
    }


def band(words: Words, low: int | None, below: int | None) -> str:
    """A band as in `Profile`: `low` to below `below`."""
    number = formats_in(words)["number"]
    if low is None:
        return words.gettext("not known")
    if below is None:
        return words.gettext("%(low)s or more") % {"low": number(low)}
    if low == 0:
        return words.gettext("below %(below)s") % {"below": number(below)}
    return words.gettext("%(low)s to below %(below)s") % {"low": number(low), "below": number(below)}


def years(words: Words, low: int | None, below: int | None) -> str:
    """A band of whole years, such as ages."""
    if low is None or below is None:
        return band(words, low, below)
    return f"{low}–{below - 1}"


def why_now(words: Words, one: Conversation) -> list[str]:
    """Everything that puts a conversation on the list of the day."""
    _, day = words.gettext, formats_in(words)["day"]
    said = []
    if one.n_questions:
        waiting = words.ngettext(
            "%(n)s question waits for an answer.", "%(n)s questions wait for an answer.", one.n_questions
        )
        said.append(waiting % {"n": one.n_questions})
    if one.strength and one.strength != Strength.FAIR:
        said.append(strength_meanings(words)[one.strength])
    if one.is_new:
        said.append(_("New on the list since the last publication."))
    if one.answers_end_on:
        said.append(
            _("The answers about risk and knowledge count until %(day)s only.") % {"day": day(one.answers_end_on)}
        )
    if one.last_talk_at is None:
        said.append(_("No advisor has noted a conversation yet."))
    else:
        said.append(_("The last conversation was noted on %(day)s.") % {"day": day(one.last_talk_at)})
    return said
