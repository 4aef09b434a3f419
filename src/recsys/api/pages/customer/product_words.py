"""What a product is and what it asks for, as the customer is told it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from babel.lists import format_list

from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import Words
from recsys.explanation.needs import all_needs, needs_of
from recsys.explanation.phrases import languages as phrased_languages
from recsys.explanation.phrases import phrases_in
from recsys.ranking.catalogue import Product
from recsys.ranking.rules.registry import RULES

HIGHEST_RISK = 7
_SALE = "on_sale"
# What is told at its own place, or is no condition of the product.
_TOLD_ELSEWHERE = ("category", "risk_class", "cooling_off_days", "withdrawn_date")


@dataclass(frozen=True, slots=True)
class Catalogued:
    """The products of the publication that is read by id, and the money in which their fees and limits stand."""

    products: Mapping[str, Product]
    currency: str

    def name(self, product_id: str) -> str:
        """The product's name; its id where the catalogue does not know it any more."""
        return self.products[product_id].product_name if product_id in self.products else product_id


def category_words(words: Words, category: str) -> str:
    """A bank's own categories stay as the bank calls them."""
    _ = words.gettext
    known = {
        "account": _("Account"),
        "payment": _("Payments"),
        "card": _("Card"),
        "savings": _("Savings"),
        "loan": _("Loan"),
        "leasing": _("Leasing"),
        "mortgage": _("Mortgage"),
        "fund": _("Fund"),
        "brokerage": _("Securities"),
        "retirement": _("Retirement"),
        "insurance": _("Insurance"),
    }
    return known.get(category.casefold(), category)


def meant_for(words: Words, product: Product) -> list[str]:
    """What it is for, what says most of it first; nothing where there are no phrases in the language."""
    if words.language not in phrased_languages():
        return []
    phrases, needs = phrases_in(words.language), needs_of(product.category, product.client_needs)
    return [phrases[f"meant.{need}"] for need in all_needs() if need in needs]


def asked_for(words: Words, product: Product, catalogue: Catalogued, *rules: str) -> list[str]:
    """What `product` asks of whoever wants it, of all that `rules` look at; without `rules` everything but the sale."""
    looked_at = [rule for rule in RULES if (rule.name in rules if rules else rule.name != _SALE)]
    fields = dict.fromkeys(field for rule in looked_at for field in rule.limits if field not in _TOLD_ELSEWHERE)
    sentences = _sentences(words, catalogue)
    return [sentences[field](value) for field in fields if (value := getattr(product, field)) not in (None, (), "")]


def _sentences(words: Words, catalogue: Catalogued) -> Mapping[str, Callable[[Any], str]]:
    """By field of `Product`; a test holds them against what the rules look at."""
    _, formats = words.gettext, formats_in(words)

    def one_of(values: tuple[str, ...]) -> str:
        return format_list(list(values), "or", locale=words.locale)

    def products(ids: tuple[str, ...]) -> str:
        return one_of(tuple(map(catalogue.name, ids)))

    def countries(codes: tuple[str, ...]) -> str:
        return one_of(tuple(str(words.locale.territories.get(code, code)) for code in codes))

    def years(n: int) -> str:
        return words.ngettext(
            "It is meant for money that you can do without for %(n)s year or more.",
            "It is meant for money that you can do without for %(n)s years or more.",
            n,
        ) % {"n": n}

    return {
        "min_age": lambda age: _("You must be %(age)s years old or older.") % {"age": age},
        "max_age": lambda age: _("You must not be older than %(age)s years.") % {"age": age},
        "min_annual_income": lambda least: (
            _("You need a yearly income of at least %(money)s.")
            % {"money": formats["money"](least, catalogue.currency)}
        ),
        "min_horizon_years": years,
        "min_knowledge_level": lambda level: (
            _("It asks for knowledge and experience of at least %(level)s of 5.") % {"level": level}
        ),
        "min_loss_capacity": lambda level: (
            _("You must be able to bear losses: at least %(level)s of 5.") % {"level": level}
        ),
        "countries": lambda codes: _("It is for residents of %(countries)s.") % {"countries": countries(codes)},
        "target_segments": lambda names: _("It is for this group of customers: %(names)s.") % {"names": one_of(names)},
        "negative_segments": lambda names: (
            _("It is not for this group of customers: %(names)s.") % {"names": one_of(names)}
        ),
        "requires": lambda ids: _("You need to have %(products)s already.") % {"products": products(ids)},
        "excludes": lambda ids: _("It cannot be had beside %(products)s.") % {"products": products(ids)},
        "max_in_category": lambda n: (
            words.ngettext(
                "You can have %(n)s product of this kind.", "You can have up to %(n)s products of this kind.", n
            )
            % {"n": n}
        ),
        "consent_purpose": lambda purpose: (
            _("It needs your consent: %(purpose)s.") % {"purpose": purpose_title(words, purpose)}
        ),
        "launched_date": lambda day: _("It is on sale from %(day)s on.") % {"day": formats["day"](day)},
    }


def purpose_title(words: Words, purpose: str) -> str:
    """What a consent is called."""
    _ = words.gettext
    return {
        "profiling": _("Personal recommendations"),
        "marketing": _("Offers and news"),
        "marketing_email": _("Offers by e-mail"),
        "marketing_push": _("Offers as messages of the app"),
        "marketing_sms": _("Offers by text message"),
        "marketing_phone": _("Offers by telephone"),
        "marketing_post": _("Offers by post"),
        "third_party": _("Products of our partners"),
    }.get(purpose, purpose)
