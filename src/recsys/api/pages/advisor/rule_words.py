"""Why a product is not offered, in the visitor's language: what each rule says, and what the product asks for there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from babel.lists import format_list

from recsys.api.pages.customer.product_words import purpose_title
from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words
from recsys.ranking.answer import Refusing
from recsys.ranking.catalogue import Product
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rules.registry import BY_NAME, RULES

_ORDER = {rule.name: place for place, rule in enumerate(RULES)}


def refusals_told(words: Words, product: Product, refusing: Iterable[Refusing], names: Mapping[str, str]) -> list[str]:
    """A sentence or more for each rule, in the order of the rules; a limit is told once. `names` are the products'."""
    told: set[str] = set()
    lines = []
    for one in sorted(refusing, key=lambda one: _ORDER.get(one.rule, len(_ORDER))):
        limits = [limit for limit in limits_told(words, product, one.rule, names) if limit not in told]
        told.update(limits)
        lines.append(" ".join([_said(words, one), *limits]))
    return lines


def _said(words: Words, one: Refusing) -> str:
    known = rules_told(words).get(one.rule)
    if known is None:
        return words.gettext("The rule %(rule)s refused it.") % {"rule": one.rule}
    return (one.is_unknown and known[1]) or known[0]


def rules_told(words: Words) -> Mapping[str, tuple[str, str]]:
    """By rule what it says, and what is not known where it says no for that; a test holds them against the rules."""
    _ = words.gettext
    return {
        UNSCORED: (_("The model did not know it yet when it was trained."), ""),
        "objection": (_("The customer objected, and is offered nothing any more."), ""),
        "already_held": (_("The customer holds it."), ""),
        "on_sale": (_("It is not on sale on that day."), ""),
        "status": (_("The customer is not active."), ""),
        "arrears": (
            _("It is credit, and the customer is behind with a payment."),
            _("It is credit, and whether the customer is behind with a payment is not known."),
        ),
        "age": (
            _("The customer's birth year does not prove the age that it is sold at."),
            _("The customer's birth year is not known."),
        ),
        "income": (_("The customer's income is below its minimum."), _("The customer's income is not known.")),
        "country": (_("It is not sold in the customer's country."), _("The customer's country is not known.")),
        "target_segment": (
            _("It is meant for other segments than the customer's."),
            _("The customer's segment is not known."),
        ),
        "negative_segment": (
            _("It is not meant for the customer's segment."),
            _("The customer's segment is not known."),
        ),
        "requires": (_("The customer holds none of the products that it requires."), ""),
        "excludes": (_("The customer holds a product that it excludes."), ""),
        "category_cap": (_("The customer holds as many products of its category as it allows."), ""),
        "cooling_off": (_("The customer refused it not long ago."), ""),
        "consent": (
            _("The customer has refused or withdrawn the consent that it needs."),
            _("The customer was never asked for the consent that it needs."),
        ),
        "risk": (
            _("Its risk class is above the risk that the customer tolerates."),
            _("The risk that the customer tolerates is not known."),
        ),
        "knowledge": (
            _("It asks for more knowledge than the customer has shown."),
            _("The customer's knowledge and experience are not known."),
        ),
        "loss_capacity": (
            _("It asks for more capacity for loss than the customer has shown."),
            _("The customer's capacity for loss is not known."),
        ),
        "horizon": (
            _("It asks for a longer horizon than the customer has."),
            _("The customer's horizon is not known."),
        ),
        "questionnaire": (
            _("The customer's answers about risk and knowledge are too old."),
            _("The customer has not answered about risk and knowledge."),
        ),
    }


def limits_told(words: Words, product: Product, rule: str, names: Mapping[str, str]) -> list[str]:
    """What `product` asks for of that which `rule` looks at; nothing for a rule that is no more."""
    fields = BY_NAME[rule].limits if rule in BY_NAME else ()
    sentences = limit_sentences(words)
    values = {field: getattr(product, field) for field in fields}
    if purpose := values.get("consent_purpose"):
        values["consent_purpose"] = purpose_title(words, purpose)
    return [
        sentences[field] % {"value": _written(words, value, names)}
        for field, value in values.items()
        if value not in (None, (), "")
    ]


def limit_sentences(words: Words) -> Mapping[str, str]:
    """By field of `Product` what it says there."""
    _ = words.gettext
    return {
        "category": _("Its category is %(value)s."),
        "risk_class": _("Its risk class is %(value)s of 7."),
        "min_age": _("It is sold from the age of %(value)s on."),
        "max_age": _("It is sold up to the age of %(value)s."),
        "min_annual_income": _("It asks for a yearly income of at least %(value)s."),
        "min_horizon_years": _("It asks for a horizon in years of at least %(value)s."),
        "min_knowledge_level": _("It asks for knowledge and experience of at least %(value)s of 5."),
        "min_loss_capacity": _("It asks for a capacity for loss of at least %(value)s of 5."),
        "countries": _("It is sold to residents of these countries only: %(value)s."),
        "target_segments": _("It is meant for these segments only: %(value)s."),
        "negative_segments": _("It is not meant for these segments: %(value)s."),
        "requires": _("It asks that one of these is held: %(value)s."),
        "excludes": _("It is not sold beside: %(value)s."),
        "max_in_category": _("Of its category, it included, at most so many may be held: %(value)s."),
        "cooling_off_days": _("Days until whoever refused it is asked again: %(value)s."),
        "consent_purpose": _("It asks for the consent %(value)s."),
        "launched_date": _("It is on sale from %(value)s on."),
        "withdrawn_date": _("It is no longer on sale from %(value)s on."),
    }


def _written(words: Words, value: object, names: Mapping[str, str]) -> str:
    formats = formats_in(words)
    match value:
        case date():
            return formats["day"](value)
        case int() | float():
            return formats["number"](value)
        case tuple():
            return format_list([names.get(one, one) for one in value], "or", locale=words.locale)
        case _:
            return str(value)
