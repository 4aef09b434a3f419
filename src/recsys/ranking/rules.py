"""The permission rules. A new rule is one function and one line of `RULES`, here and nowhere else.

A rule looks at one product and a block of customers. It answers None where the product sets no such limit, else bool
(n,): True for the customers whom it refuses. Where a limit is set and the customer's side is unknown, it refuses: every
comparison below is written so that NaN fails it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np

from recsys.ranking.catalogue import Product
from recsys.ranking.customers import BoolArray, FloatArray, RuleFacts

Refuses: TypeAlias = Callable[[RuleFacts, Product, date], BoolArray | None]

# Products by which the bank lends money; whoever is behind with a payment is not offered more of it.
CREDIT_CATEGORIES = frozenset({"credit", "credit card", "loan", "mortgage", "overdraft"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule. `version` grows whenever its answer changes, so that publications can be told apart."""

    name: str
    version: int
    refuses: Refuses
    sentence: str


def _already_held(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return customers.holds_one_of([product.product_id])


def _withdrawn_or_not_launched(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    is_withdrawn = product.withdrawn_date is not None and product.withdrawn_date <= as_of
    is_early = product.launched_date is not None and product.launched_date > as_of
    return np.ones(len(customers), dtype=np.bool_) if is_withdrawn or is_early else None


def _status(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    # A bank that delivers no status delivers its active customers.
    return customers.status.is_known & ~customers.status.is_one_of(["active"])


def _arrears(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    # A bank that delivers nobody's arrears has no such rule; one that does must know everybody's.
    return customers.may_be_in_arrears if product.category.lower() in CREDIT_CATEGORIES else None


def _age(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    """Only the birth year is known, or a band of years: both limits must hold whatever the birthday."""
    if product.min_age is None and product.max_age is None:
        return None
    oldest = as_of.year - customers.birth_year
    # On the last day of the year everybody has had this year's birthday.
    birthday_doubt = 0 if (as_of.month, as_of.day) == (12, 31) else 1
    youngest = as_of.year - customers.birth_year_to - birthday_doubt
    is_permitted = ~np.isnan(oldest)
    if product.min_age is not None:
        is_permitted &= youngest >= product.min_age
    if product.max_age is not None:
        is_permitted &= oldest <= product.max_age
    return ~is_permitted


def _income(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return _below(customers.annual_income, product.min_annual_income)


def _country(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return ~customers.country.is_one_of(product.countries) if product.countries else None


def _segment(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    if not product.negative_segments:
        return None
    return ~customers.segment.is_known | customers.segment.is_one_of(product.negative_segments)


def _requires(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return ~customers.holds_one_of(product.requires) if product.requires else None


def _excludes(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return customers.holds_one_of(product.excludes) if product.excludes else None


def _risk(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return _below(customers.risk_tolerance, product.risk_class)


def _knowledge(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return _below(customers.knowledge_level, product.min_knowledge_level)


def _loss_capacity(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return _below(customers.loss_capacity, product.min_loss_capacity)


def _horizon(customers: RuleFacts, product: Product, as_of: date) -> BoolArray | None:
    return _below(customers.horizon_years, product.min_horizon_years)


def _below(values: FloatArray, minimum: float | None) -> BoolArray | None:
    return None if minimum is None else ~(values >= minimum)


# The order numbers the bits of an elimination mask.
RULES: tuple[Rule, ...] = (
    Rule("already_held", 1, _already_held, "The customer holds it."),
    Rule("withdrawn_or_not_launched", 1, _withdrawn_or_not_launched, "It is not on sale on that day."),
    Rule("status", 1, _status, "The customer is not active."),
    Rule("arrears", 2, _arrears, "It is credit, and the customer is, or may be, behind with a payment."),
    Rule("age", 2, _age, "The customer's birth year does not prove the age that it is sold at."),
    Rule("income", 1, _income, "The customer's income is unknown or below its minimum."),
    Rule("country", 1, _country, "It is not sold in the customer's country."),
    Rule("segment", 1, _segment, "It is not meant for the customer's segment."),
    Rule("requires", 1, _requires, "The customer holds none of the products that it requires."),
    Rule("excludes", 1, _excludes, "The customer holds a product that it excludes."),
    Rule("risk", 1, _risk, "Its risk class is above the risk that the customer tolerates."),
    Rule("knowledge", 1, _knowledge, "It asks for more knowledge than the customer has shown."),
    Rule("loss_capacity", 1, _loss_capacity, "It asks for more capacity for loss than the customer has shown."),
    Rule("horizon", 1, _horizon, "It asks for a longer horizon than the customer has."),
)


def rules_version(rules: tuple[Rule, ...] = RULES) -> str:
    """Twelve hex digits that change when a rule comes, goes or changes."""
    names = ",".join(f"{rule.name}@{rule.version}" for rule in rules)
    return hashlib.sha256(names.encode()).hexdigest()[:12]
