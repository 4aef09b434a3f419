"""The permission rules once more, for one product and one person at a time, as `docs/feed.md` and the regulations put
them: plain Python without arrays, written without a look at the predicates, to hold these against.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from math import isnan
from typing import Any

from recsys.ranking.catalogue import Product

PERMITTED, REFUSED, UNKNOWN = "permitted", "refused", "unknown"

Customer = Mapping[str, Any]


def verdicts(product: Product, customer: Customer, products: Iterable[Product], as_of: date) -> dict[str, str]:
    """What each rule says: rule -> permitted, refused, or unknown, which refuses too."""
    held = set(customer["held_product_ids"] or ())
    category_of = {one.product_id: one.category for one in products}
    n_in_category = len([one for one in held if category_of.get(one) == product.category])
    return {
        "objection": _refused_if(customer["is_objecting"]),
        "already_held": _refused_if(product.product_id in held),
        "on_sale": _refused_if(
            (product.launched_date is not None and as_of < product.launched_date)
            or (product.withdrawn_date is not None and as_of >= product.withdrawn_date)
        ),
        "status": _refused_if(customer["status"] not in (None, "active")),
        "arrears": _arrears(product, customer),
        "age": _age(product, customer, as_of),
        "income": _at_least(product.min_annual_income, customer["annual_income"]),
        "country": _one_of(product.countries, customer["country"]),
        "target_segment": _one_of(product.target_segments, customer["segment"]),
        "negative_segment": _none_of(product.negative_segments, customer["segment"]),
        "requires": _refused_if(bool(product.requires) and not held & set(product.requires) & category_of.keys()),
        "excludes": _refused_if(bool(held & set(product.excludes))),
        "category_cap": _refused_if(product.max_in_category is not None and n_in_category >= product.max_in_category),
        "cooling_off": _cooling_off(product, customer, as_of),
        "consent": _consent(product, customer),
        "risk": _at_least(product.risk_class, customer["risk_tolerance"]),
        "knowledge": _at_least(product.min_knowledge_level, customer["knowledge_level"]),
        "loss_capacity": _at_least(product.min_loss_capacity, customer["loss_capacity"]),
        "horizon": _at_least(product.min_horizon_years, customer["horizon_years"]),
        "questionnaire": _questionnaire(product, customer, as_of),
    }


def _refused_if(is_refused: bool) -> str:
    return REFUSED if is_refused else PERMITTED


def _at_least(limit: float | None, value: float | None) -> str:
    if limit is None:
        return PERMITTED
    if value is None or isnan(value):
        return UNKNOWN
    return _refused_if(value < limit)


def _one_of(wanted: Iterable[str], value: str | None) -> str:
    if not tuple(wanted):
        return PERMITTED
    return UNKNOWN if value is None else _refused_if(value not in tuple(wanted))


def _none_of(unwanted: Iterable[str], value: str | None) -> str:
    if not tuple(unwanted):
        return PERMITTED
    return UNKNOWN if value is None else _refused_if(value in tuple(unwanted))


def _arrears(product: Product, customer: Customer) -> str:
    is_credit = product.category.lower() in ("credit", "credit card", "loan", "mortgage", "overdraft")
    if not is_credit:
        return PERMITTED
    return UNKNOWN if customer["is_arrears_unknown"] else _refused_if(bool(customer["is_in_arrears"]))


def _age(product: Product, customer: Customer, as_of: date) -> str:
    if product.min_age is None and product.max_age is None:
        return PERMITTED
    first, last = customer["birth_year"], customer["birth_year_to"]
    if first is None:
        return UNKNOWN
    last = first if last is None else last
    # Born on the last day of the last year, and on the first day of the first one.
    is_birthday_over = (as_of.month, as_of.day) == (12, 31)
    youngest, oldest = as_of.year - last - (not is_birthday_over), as_of.year - first
    is_too_young = product.min_age is not None and youngest < product.min_age
    return _refused_if(is_too_young or (product.max_age is not None and oldest > product.max_age))


def _cooling_off(product: Product, customer: Customer, as_of: date) -> str:
    refusals = zip(customer["refused_product_ids"] or (), customer["refused_dates"] or (), strict=True)
    dates = [day for product_id, day in refusals if product_id == product.product_id]
    if not product.cooling_off_days or not dates:
        return PERMITTED
    return _refused_if((as_of - max(dates)) < timedelta(days=product.cooling_off_days))


def _consent(product: Product, customer: Customer) -> str:
    if not product.consent_purpose:
        return PERMITTED
    if product.consent_purpose not in (customer["decided_purposes"] or ()):
        return UNKNOWN
    return _refused_if(product.consent_purpose not in (customer["granted_purposes"] or ()))


def _questionnaire(product: Product, customer: Customer, as_of: date) -> str:
    limits = (
        product.risk_class, product.min_knowledge_level, product.min_loss_capacity, product.min_horizon_years,
    )  # fmt: skip
    if all(limit is None for limit in limits):
        return PERMITTED
    answered = customer["answered_date"]
    return UNKNOWN if answered is None else _refused_if((as_of - answered).days > 730)
