from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from recsys.ranking.catalogue import Product
from recsys.ranking.eligibility import MAX_RULES, eliminate, refused_by, refusers
from recsys.ranking.rules.registry import RULES, rules_version

from .bank import AS_OF, SCHEMA, catalogue_of, facts_of, product


def refusals(limits: dict[str, Any], customer: dict[str, Any], as_of: date = AS_OF) -> set[str]:
    """Names of the rules that keep one product from one customer."""
    catalogue = catalogue_of(product(**limits))
    return {pairs.rule for pairs in refused_by(eliminate(facts_of(catalogue, customer), catalogue, as_of))}


@pytest.mark.parametrize(
    ("rule", "limits", "refused", "permitted"),
    [
        ("already_held", {}, {"held_product_ids": ["card"]}, {"held_product_ids": ["other"]}),
        ("objection", {}, {"is_objecting": True}, {"is_objecting": False}),
        ("status", {}, {"status": "closed"}, {"status": "active"}),
        ("status", {}, {"status": "deceased"}, {"status": None}),
        ("arrears", {"category": "loan"}, {"is_in_arrears": True}, {"is_in_arrears": False}),
        (
            "arrears",
            {"category": "Mortgage"},
            {"is_in_arrears": None, "is_arrears_unknown": True},
            {"is_in_arrears": False},
        ),
        ("age", {"min_age": 18}, {"birth_year": 2008}, {"birth_year": 2007}),
        ("age", {"max_age": 65}, {"birth_year": 1960}, {"birth_year": 1961}),
        ("age", {"min_age": 18}, {"birth_year": None}, {"birth_year": 1980}),
        (
            "age",
            {"min_age": 18},
            {"birth_year": 2005, "birth_year_to": 2009},
            {"birth_year": 2000, "birth_year_to": 2004},
        ),
        (
            "age",
            {"max_age": 65},
            {"birth_year": 1960, "birth_year_to": 1964},
            {"birth_year": 1965, "birth_year_to": 1969},
        ),
        ("income", {"min_annual_income": 30_000.0}, {"annual_income": 29_999.99}, {"annual_income": 30_000.0}),
        ("income", {"min_annual_income": 0.0}, {"annual_income": None}, {"annual_income": 0.0}),
        ("country", {"countries": ("AT", "DE")}, {"country": "CH"}, {"country": "DE"}),
        ("country", {"countries": ("AT",)}, {"country": None}, {"country": "AT"}),
        ("negative_segment", {"negative_segments": ("student",)}, {"segment": "student"}, {"segment": "retail"}),
        ("negative_segment", {"negative_segments": ("student",)}, {"segment": None}, {"segment": "private"}),
        ("target_segment", {"target_segments": ("student",)}, {"segment": "retail"}, {"segment": "student"}),
        ("target_segment", {"target_segments": ("student",)}, {"segment": None}, {"segment": "student"}),
        ("requires", {"requires": ("a", "b")}, {"held_product_ids": ["c"]}, {"held_product_ids": ["b"]}),
        ("excludes", {"excludes": ("a", "b")}, {"held_product_ids": ["b"]}, {"held_product_ids": ["c"]}),
        (
            "category_cap",
            {"max_in_category": 2, "category": "account"},
            {"held_product_ids": ["a", "b"]},
            {"held_product_ids": ["a", "gone"]},
        ),
        (
            "consent",
            {"consent_purpose": "third_party"},
            {"decided_purposes": ["profiling", "third_party"]},
            {"decided_purposes": ["third_party"], "granted_purposes": ["profiling", "third_party"]},
        ),
        ("consent", {"consent_purpose": "marketing"}, {"granted_purposes": None}, {"granted_purposes": ["marketing"]}),
        ("risk", {"risk_class": 4}, {"risk_tolerance": 3}, {"risk_tolerance": 4}),
        ("risk", {"risk_class": 1}, {"risk_tolerance": None}, {"risk_tolerance": 1}),
        ("knowledge", {"min_knowledge_level": 2}, {"knowledge_level": 1}, {"knowledge_level": 2}),
        ("loss_capacity", {"min_loss_capacity": 2}, {"loss_capacity": None}, {"loss_capacity": 2}),
        ("horizon", {"min_horizon_years": 5}, {"horizon_years": 4}, {"horizon_years": 5}),
    ],
)
def test_rule_refuses_one_customer_and_permits_another(
    rule: str, limits: dict[str, Any], refused: dict[str, Any], permitted: dict[str, Any]
) -> None:
    catalogue = catalogue_of(product("card", **limits), product("a"), product("b"), product("c"))
    mask = eliminate(facts_of(catalogue, refused, permitted), catalogue, AS_OF)
    refused_first = {pairs.rule: pairs.is_refused[:, 0].tolist() for pairs in refused_by(mask)}
    assert {name: pairs for name, pairs in refused_first.items() if any(pairs)} == {rule: [True, False]}


@pytest.mark.parametrize(
    ("limits", "is_refused"),
    [
        ({"launched_date": date(2026, 7, 1)}, True),
        ({"launched_date": date(2026, 6, 30)}, False),
        ({"withdrawn_date": date(2026, 6, 30)}, True),
        ({"withdrawn_date": date(2026, 7, 1)}, False),
    ],
)
def test_product_is_offered_from_its_first_day_to_the_day_before_its_withdrawal(
    limits: dict[str, Any], is_refused: bool
) -> None:
    assert ("on_sale" in refusals(limits, {})) is is_refused


def test_bank_that_delivers_nobody_s_arrears_has_no_such_rule() -> None:
    catalogue = catalogue_of(product(category="loan"))
    facts = facts_of(catalogue, {"is_in_arrears": None})
    assert not list(refused_by(eliminate(facts, catalogue, AS_OF)))


def test_product_without_limits_is_permitted_to_somebody_of_whom_nothing_is_known() -> None:
    unknown = dict.fromkeys(
        (
            "status",
            "country",
            "segment",
            "birth_year",
            "birth_year_to",
            "annual_income",
            "is_in_arrears",
            "risk_tolerance",
            "answered_date",
        )
    )
    assert refusals({}, unknown) == set()


def test_on_the_last_day_of_the_year_everybody_has_had_a_birthday() -> None:
    assert refusals({"min_age": 18}, {"birth_year": 2008}, as_of=date(2026, 12, 30)) == {"age"}
    assert refusals({"min_age": 18}, {"birth_year": 2008}, as_of=date(2026, 12, 31)) == set()


def test_questionnaire_older_than_two_years_counts_as_unanswered() -> None:
    assert refusals({"risk_class": 2}, {"answered_date": date(2024, 6, 30)}) == set()
    assert refusals({"risk_class": 2}, {"answered_date": date(2024, 6, 29)}) == {"questionnaire"}
    assert refusals({"risk_class": 2}, {"answered_date": None}) == {"questionnaire"}


def test_excluded_product_counts_also_where_the_catalogue_lacks_it() -> None:
    assert refusals({"excludes": ("gone",)}, {"held_product_ids": ["gone"]}) == {"excludes"}


def test_requirement_that_the_catalogue_lacks_is_met_by_nobody() -> None:
    assert refusals({"requires": ("gone",)}, {"held_product_ids": ["gone"]}) == {"requires"}


@pytest.mark.parametrize(
    ("days", "refused_on", "is_refused"),
    [
        (90, date(2026, 4, 2), True),
        (90, date(2026, 4, 1), False),
        (90, date(2026, 7, 15), True),
        (1, AS_OF, True),
        (0, AS_OF, False),
        (None, AS_OF, False),
    ],
)
def test_refused_product_is_offered_again_once_its_days_are_over(
    days: int | None, refused_on: date, is_refused: bool
) -> None:
    refused = {"refused_product_ids": ["other", "card"], "refused_dates": [AS_OF, refused_on]}
    assert refusals({"cooling_off_days": days}, refused) == ({"cooling_off"} if is_refused else set())


@pytest.mark.parametrize("said", [None, [], ["marketing"]])
def test_consent_that_nobody_asked_for_is_unknown(said: list[str] | None) -> None:
    catalogue = catalogue_of(product(consent_purpose="third_party"))
    asked, never = {"decided_purposes": ["third_party"]}, {"decided_purposes": said, "granted_purposes": said}
    mask = eliminate(facts_of(catalogue, asked, never), catalogue, AS_OF)
    assert [refusers(int(cell)).unknown for cell in mask[:, 0]] == [(), ("consent",)]
    assert {refusers(int(cell)).rules for cell in mask[:, 0]} == {("consent",)}


def test_of_several_refusals_of_a_product_the_last_counts() -> None:
    refused = {"refused_product_ids": ["card", "card"], "refused_dates": [AS_OF, date(2020, 1, 1)]}
    assert refusals({"cooling_off_days": 90}, refused) == {"cooling_off"}


def test_what_is_held_of_another_category_does_not_count_towards_a_cap() -> None:
    card = product("card", category="card", max_in_category=1)
    catalogue = catalogue_of(card, product("a"), product("gold", category="card"))
    mask = eliminate(facts_of(catalogue, {"held_product_ids": ["a"]}, {"held_product_ids": ["gold"]}), catalogue, AS_OF)
    capped = {pairs.rule: pairs.is_refused[:, 0].tolist() for pairs in refused_by(mask)}["category_cap"]
    assert capped == [False, True]


def test_every_rule_names_its_source() -> None:
    assert [rule.name for rule in RULES if not rule.source] == []


def test_every_rule_that_refuses_is_told() -> None:
    limits = {"min_age": 50, "countries": ("DE",), "min_annual_income": 90_000.0}
    assert refusals(limits, {}) == {"age", "country", "income"}


def test_rules_version_changes_with_a_rule() -> None:
    changed = replace(RULES[-1], version=RULES[-1].version + 1)
    catalogue = catalogue_of(product())
    versions = {rules_version(catalogue, rules) for rules in (RULES, RULES[:-1], (*RULES[:-1], changed))}
    assert len(versions) == 3
    assert rules_version(catalogue) == rules_version(catalogue_of(product()), tuple(RULES))


def test_rules_version_changes_with_a_limit_of_a_product() -> None:
    assert rules_version(catalogue_of(product())) != rules_version(catalogue_of(product(min_age=18)))


def test_rules_version_stays_with_what_no_rule_looks_at() -> None:
    renamed = replace(product(), product_name="Gold Card", annual_fee=10.0, value=99.0, description="Shiny.")
    assert rules_version(catalogue_of(product())) == rules_version(catalogue_of(renamed))


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_rules_name_what_they_look_at() -> None:
    known = {field.name for field in fields(Product)}
    assert {limit for rule in RULES for limit in rule.limits} <= known
    assert {fact for rule in RULES for fact in rule.facts} <= set(SCHEMA.names)
    assert not [rule.name for rule in RULES if not rule.facts and not rule.limits]


def test_more_rules_than_bits_are_an_error() -> None:
    catalogue = catalogue_of(product())
    with pytest.raises(ValueError, match="do not fit"):
        eliminate(facts_of(catalogue, {}), catalogue, AS_OF, rules=RULES[:1] * (MAX_RULES + 1))
