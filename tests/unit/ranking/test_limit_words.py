from __future__ import annotations

from dataclasses import fields
from datetime import date

from recsys.ranking import limit_words
from recsys.ranking.catalogue import Product
from recsys.ranking.limit_words import limits_of
from recsys.ranking.rules.registry import RULES

from .bank import product


def test_every_limit_that_a_rule_looks_at_can_be_told() -> None:
    limits = {limit for rule in RULES for limit in rule.limits}
    assert limits <= limit_words._SENTENCES.keys()
    assert limit_words._SENTENCES.keys() <= {field.name for field in fields(Product)}


def test_limits_are_told_with_their_values_and_only_where_the_product_sets_them() -> None:
    loan = product("loan", category="loan", min_annual_income=30_000.0, max_age=70, countries=("AT", "CH", "DE"))
    assert limits_of(loan, "income") == ["It asks for a yearly income of at least 30,000."]
    assert limits_of(loan, "age") == ["It is sold up to the age of 70."]
    assert limits_of(loan, "country") == ["It is sold to residents of AT, CH or DE only."]
    assert limits_of(loan, "risk") == []
    assert limits_of(loan, "status") == []
    assert limits_of(product(withdrawn_date=date(2026, 1, 1)), "on_sale") == [
        "It is no longer on sale from 2026-01-01 on."
    ]
    assert limits_of(product(min_horizon_years=1), "horizon") == ["It asks for a horizon of at least 1 year."]


def test_rule_that_is_no_more_asks_for_nothing() -> None:
    assert limits_of(product(), "moon_phase") == []
