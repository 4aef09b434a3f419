"""Every product of the publication as it stands for one customer: on the list, suggested, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recsys.api.pages.advisor.rule_words import refusals_told
from recsys.api.pages.advisor.words import decision_reasons
from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.io.advisor_decisions import AdvisorDecision
from recsys.io.postgres import Connection
from recsys.io.score_quartiles import read_strengths
from recsys.io.serving import read_products_served, read_recommendations, read_refusals
from recsys.ranking.advisor_words import TakenOff
from recsys.ranking.answer import Answer, Outcome, Refusing
from recsys.ranking.catalogue import Product
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.suitability_points import Compared, Told, compare


@dataclass(frozen=True, slots=True)
class Listed:
    """A product of the list: its place, how strongly it is recommended, why, and the suitability of an investment."""

    product: Product
    rank: int
    publication_id: int
    strength: str | None
    why: str
    language: str | None
    is_personalised: bool
    compared: Sequence[Compared]


@dataclass(frozen=True, slots=True)
class NotListed:
    """A product that is not on the list, what became of it, and the sentences that say why."""

    product: Product
    outcome: Outcome
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Products:
    """All products. `suggestible` are those that an advisor may suggest, `suggested` those that one has."""

    listed: Sequence[Listed] = ()
    not_listed: Sequence[NotListed] = ()
    suggested: Sequence[tuple[Product, AdvisorDecision]] = ()
    suggestible: Sequence[Product] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, product_id: str) -> str:
        """Its name; the id of a product that the publication does not have."""
        return self.names.get(product_id, product_id)

    def others(self) -> list[tuple[str, str]]:
        """Id and name of every product that is not on the list."""
        listed = {one.product.product_id for one in self.listed}
        return [(product_id, name) for product_id, name in self.names.items() if product_id not in listed]


def read_products(
    connection: Connection,
    words: Words,
    customer_id: str,
    told: Told | None,
    decisions: Sequence[AdvisorDecision],
    *,
    asked_by: str,
    today: date,
) -> Products:
    """What there is to say of every product; nothing where nothing may be shown. `told` are the customer's answers."""
    sold = read_products_served(connection)
    rows = {row["product_id"]: row for row in read_recommendations(connection, customer_id)}
    refusing: dict[str, list[Refusing]] = {}
    for one in read_refusals(connection, customer_id, asked_by):
        refusing.setdefault(one.product_id, []).append(Refusing(one.rule, one.is_unknown))
    names = {product.product_id: product.product_name for product, _, _ in sold}
    if not rows and not refusing and not decisions:
        return Products(names=names)
    standing = [one for one in decisions if one.is_in_force]
    off = {one.product_id: TakenOff(one.reason, one.until_date) for one in standing if one.kind == "taken_off"}
    answers = [
        Answer(
            product,
            len(rows),
            None,
            refusing.get(product.product_id, ()),
            withdrawn,
            today,
            taken_off=off.get(product.product_id),
        )
        for product, withdrawn, _ in sold
        if product.product_id not in rows
    ]
    may_have = [answer.product for answer in answers if _is_permitted(answer)]
    ids = {product.product_id for product in may_have}
    suggestions = {one.product_id: one for one in standing if one.kind == "suggested" and one.product_id in ids}
    strengths = read_strengths(connection, customer_id)
    by_id = {product.product_id: product for product, _, _ in sold}
    return Products(
        listed=[_listed(by_id[key], row, strengths.get(key), told) for key, row in rows.items() if key in by_id],
        not_listed=[NotListed(answer.product, answer.outcome, _lines(words, answer, names)) for answer in answers],
        suggested=[(by_id[key], one) for key, one in suggestions.items()],
        suggestible=[product for product in may_have if product.product_id not in suggestions],
        names=names,
    )


def _is_permitted(answer: Answer) -> bool:
    """As `ops.decide_as_advisor` sees it: what the model did not know yet is no matter of permission."""
    is_new = bool(answer.refusing) and all(one.rule == UNSCORED for one in answer.refusing)
    return answer.outcome in (Outcome.BELOW, Outcome.TAKEN_OFF) or is_new


def _listed(product: Product, row: Mapping[str, Any], strength: str | None, told: Told | None) -> Listed:
    return Listed(
        product,
        row["rank"],
        row["publication_id"],
        strength,
        sentence_of(row["reasons"], phrases_in(row["language"])) if row["language"] else "",
        row["language"],
        row["is_personalised"],
        compare(told, product) if told else (),
    )


def _lines(words: Words, answer: Answer, names: Mapping[str, str]) -> list[str]:
    _, day = words.gettext, formats_in(words)["day"]
    match answer.outcome:
        case Outcome.REFUSED:
            return refusals_told(words, answer.product, answer.refusing, names)
        case Outcome.WITHDRAWN:
            assert answer.withdrawn_date is not None
            return [_("Permitted when it was scored, and withdrawn on %(day)s.") % {"day": day(answer.withdrawn_date)}]
        case Outcome.TAKEN_OFF:
            assert answer.taken_off is not None
            reason = decision_reasons(words)[answer.taken_off.reason]
            said = _("Permitted, and taken off the list by an advisor until %(day)s: %(reason)s.")
            return [said % {"day": day(answer.taken_off.until_date), "reason": reason}]
        case _:
            said = words.ngettext(
                "Permitted, but not on the list: %(n)s other product was ranked before it.",
                "Permitted, but not on the list: %(n)s other products were ranked before it.",
                answer.n_offered,
            )
            return [said % {"n": answer.n_offered}]
