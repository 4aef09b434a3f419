"""The rules in the order that numbers their bits. A new rule is a file with its predicate, and one row here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.rules.age import age
from recsys.ranking.rules.already_held import already_held
from recsys.ranking.rules.arrears import arrears
from recsys.ranking.rules.category_cap import category_cap
from recsys.ranking.rules.consent import consent
from recsys.ranking.rules.cooling_off import cooling_off
from recsys.ranking.rules.country import country
from recsys.ranking.rules.excludes import excludes
from recsys.ranking.rules.horizon import horizon
from recsys.ranking.rules.income import income
from recsys.ranking.rules.knowledge import knowledge
from recsys.ranking.rules.loss_capacity import loss_capacity
from recsys.ranking.rules.negative_segment import negative_segment
from recsys.ranking.rules.objection import objection
from recsys.ranking.rules.on_sale import on_sale
from recsys.ranking.rules.questionnaire import questionnaire
from recsys.ranking.rules.requires import requires
from recsys.ranking.rules.risk import risk
from recsys.ranking.rules.rule import Rule
from recsys.ranking.rules.status import status
from recsys.ranking.rules.target_segment import target_segment

RULES: tuple[Rule, ...] = (
    Rule(
        "objection",
        1,
        objection,
        "The customer objected, and is offered nothing any more.",
        facts=("is_objecting",),
        is_private=True,
    ),
    Rule("already_held", 1, already_held, "The customer holds it.", facts=("held_product_ids",)),
    Rule("on_sale", 1, on_sale, "It is not on sale on that day.", facts=(), limits=("launched_date", "withdrawn_date")),
    Rule("status", 1, status, "The customer is not active.", facts=("status",)),
    Rule(
        "arrears",
        3,
        arrears,
        "It is credit, and the customer is behind with a payment.",
        facts=("is_in_arrears",),
        limits=("category",),
        unknown="It is credit, and whether the customer is behind with a payment is not known.",
        is_private=True,
    ),
    Rule(
        "age",
        3,
        age,
        "The customer's birth year does not prove the age that it is sold at.",
        facts=("birth_year", "birth_year_to"),
        limits=("min_age", "max_age"),
        unknown="The customer's birth year is not known.",
    ),
    Rule(
        "income",
        2,
        income,
        "The customer's income is below its minimum.",
        facts=("annual_income",),
        limits=("min_annual_income",),
        unknown="The customer's income is not known.",
    ),
    Rule(
        "country",
        2,
        country,
        "It is not sold in the customer's country.",
        facts=("country",),
        limits=("countries",),
        unknown="The customer's country is not known.",
    ),
    Rule(
        "target_segment",
        1,
        target_segment,
        "It is meant for other segments than the customer's.",
        facts=("segment",),
        limits=("target_segments",),
        unknown="The customer's segment is not known.",
    ),
    Rule(
        "negative_segment",
        2,
        negative_segment,
        "It is not meant for the customer's segment.",
        facts=("segment",),
        limits=("negative_segments",),
        unknown="The customer's segment is not known.",
    ),
    Rule(
        "requires",
        1,
        requires,
        "The customer holds none of the products that it requires.",
        facts=("held_product_ids",),
        limits=("requires",),
    ),
    Rule(
        "excludes",
        2,
        excludes,
        "The customer holds a product that it excludes.",
        facts=("held_product_ids",),
        limits=("excludes",),
    ),
    Rule(
        "category_cap",
        1,
        category_cap,
        "The customer holds as many products of its category as it allows.",
        facts=("held_product_ids",),
        limits=("category", "max_in_category"),
    ),
    Rule(
        "cooling_off",
        1,
        cooling_off,
        "The customer refused it not long ago.",
        facts=("refused_product_ids", "refused_dates"),
        limits=("cooling_off_days",),
    ),
    Rule(
        "consent",
        1,
        consent,
        "The customer has refused or withdrawn the consent that it needs.",
        facts=("granted_purposes", "decided_purposes"),
        limits=("consent_purpose",),
        unknown="The customer was never asked for the consent that it needs.",
        is_private=True,
    ),
    Rule(
        "risk",
        2,
        risk,
        "Its risk class is above the risk that the customer tolerates.",
        facts=("risk_tolerance",),
        limits=("risk_class",),
        unknown="The risk that the customer tolerates is not known.",
    ),
    Rule(
        "knowledge",
        2,
        knowledge,
        "It asks for more knowledge than the customer has shown.",
        facts=("knowledge_level",),
        limits=("min_knowledge_level",),
        unknown="The customer's knowledge and experience are not known.",
    ),
    Rule(
        "loss_capacity",
        2,
        loss_capacity,
        "It asks for more capacity for loss than the customer has shown.",
        facts=("loss_capacity",),
        limits=("min_loss_capacity",),
        unknown="The customer's capacity for loss is not known.",
    ),
    Rule(
        "horizon",
        2,
        horizon,
        "It asks for a longer horizon than the customer has.",
        facts=("horizon_years",),
        limits=("min_horizon_years",),
        unknown="The customer's horizon is not known.",
    ),
    Rule(
        "questionnaire",
        1,
        questionnaire,
        "The customer's answers about risk and knowledge are too old.",
        facts=("answered_date",),
        limits=("risk_class", "min_horizon_years", "min_knowledge_level", "min_loss_capacity"),
        unknown="The customer has not answered about risk and knowledge.",
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}


def rules_version(catalogue: Catalogue, rules: Sequence[Rule] = RULES) -> str:
    """Twelve hex digits that change when a rule comes, goes or changes, and when a product changes a limit.

    A product's name, fee or value to the bank is no limit: no rule looks at it.
    """
    named = [[rule.name, rule.version] for rule in rules]
    names = ["product_id", *sorted({limit for rule in rules for limit in rule.limits})]
    limits = [[getattr(product, name) for name in names] for product in catalogue.products]
    described = json.dumps({"rules": named, "limits": names, "products": limits}, sort_keys=True, default=str)
    return hashlib.sha256(described.encode()).hexdigest()[:12]
