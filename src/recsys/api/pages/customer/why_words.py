"""Why a product is on the customer's list or is not, in words to the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.api.pages.customer.product_words import Catalogued, asked_for
from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.ranking.answer import Answer, Outcome
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rules.registry import RULES

_PLACES = {rule.name: place for place, rule in enumerate(RULES)}


@dataclass(frozen=True, slots=True)
class Told:
    """`head` says what, `lines` why, a sentence each; `language` is that of `lines` where it is not the page's."""

    head: str
    lines: Sequence[str] = ()
    language: str | None = None


def why_told(words: Words, answer: Answer, catalogue: Catalogued) -> Told:
    """The answer as the customer is told it: no score, no name of a rule."""
    _ = words.gettext
    match answer.outcome:
        case Outcome.OFFERED if answer.place is not None:
            head = _("It is on your list, at place %(place)s of %(n)s.") % {
                "place": answer.place.rank,
                "n": answer.n_offered,
            }
            language = answer.place.language
            why = sentence_of(answer.place.reasons, phrases_in(language)) if language else ""
            return Told(head, [why] if why else [], language)
        case Outcome.REFUSED:
            return Told(_("It is not on your list, because:"), _refused(words, answer, catalogue))
        case Outcome.WITHDRAWN:
            return Told(_("It is not sold any more."))
        case Outcome.TAKEN_OFF if answer.taken_off is not None:
            day = formats_in(words)["day"](answer.taken_off.until_date)
            return Told(
                _("Your advisor took it off your list until %(day)s. Ask if you want to know more.") % {"day": day}
            )
        case _:
            return Told(_("You may have it. It is not on your list because other products fit you better."))


def _refused(words: Words, answer: Answer, catalogue: Catalogued) -> list[str]:
    lines, told = [], set[str]()
    sentences = refusals(words)
    for one in sorted(answer.refusing, key=lambda one: _PLACES.get(one.rule, len(_PLACES))):
        known, unknown = sentences.get(one.rule, (words.gettext("A rule of the bank does not permit it."), ""))
        asked = [line for line in asked_for(words, answer.product, catalogue, one.rule) if line not in told]
        told.update(asked)
        lines.append(" ".join([(one.is_unknown and unknown) or known, *asked]))
    return list(dict.fromkeys(lines))


def refusals(words: Words) -> Mapping[str, tuple[str, str]]:
    """By rule what it says to the customer, and what where it says no because something is not known."""
    _ = words.gettext
    return {
        UNSCORED: (_("It is too new to be recommended to anybody yet."), ""),
        "objection": (_("You objected to personal recommendations."), ""),
        "already_held": (_("You already have it."), ""),
        "on_sale": (_("It is not on sale."), ""),
        "status": (_("Your relationship with the bank is not active."), ""),
        "arrears": (
            _("It is credit, and a payment of yours is overdue."),
            _("It is credit, and we do not know whether a payment of yours is overdue."),
        ),
        "age": (_("Your age does not fit."), _("We do not know your age.")),
        "income": (_("Your income is too low for it."), _("We do not know your income.")),
        "country": (_("It is not sold where you live."), _("We do not know in which country you live.")),
        "target_segment": (_("It is for other customers."), _("We do not know whether it is for you.")),
        "negative_segment": (_("It is not meant for customers like you."), _("We do not know whether it is for you.")),
        "requires": (_("You lack the product that it builds on."), ""),
        "excludes": (_("You have a product that it does not go together with."), ""),
        "category_cap": (_("You have as many products of this kind as one can have."), ""),
        "cooling_off": (_("You said that you do not want it, so we do not ask again for a while."), ""),
        "consent": (
            _("You did not give, or withdrew, the consent that it needs."),
            _("You were never asked for the consent that it needs."),
        ),
        "risk": (
            _("It is riskier than what you told us you would accept."),
            _("We do not know how much risk you would accept."),
        ),
        "knowledge": (
            _("It asks for more knowledge of such products than you told us of."),
            _("We do not know your knowledge of such products."),
        ),
        "loss_capacity": (
            _("You could lose more with it than you told us you could bear."),
            _("We do not know what losses you could bear."),
        ),
        "horizon": (
            _("You need your money earlier than it should be taken out."),
            _("We do not know for how long you could do without the money."),
        ),
        "questionnaire": (
            _("Your answers about risk and knowledge are too old: please answer them again."),
            _("You have not answered our questions about risk and knowledge."),
        ),
    }
