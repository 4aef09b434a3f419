"""Small catalogues and customers for tests of the rules."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.customers import RuleFacts
from recsys.ranking.facts import build_rule_facts

AS_OF = date(2026, 6, 30)

SCHEMA = pa.schema(
    {
        "person_key": pa.string(),
        "status": pa.string(),
        "country": pa.string(),
        "segment": pa.string(),
        "birth_year": pa.int32(),
        "birth_year_to": pa.int32(),
        "annual_income": pa.float64(),
        "is_in_arrears": pa.bool_(),
        "is_arrears_unknown": pa.bool_(),
        "risk_tolerance": pa.int32(),
        "knowledge_level": pa.int32(),
        "loss_capacity": pa.int32(),
        "horizon_years": pa.int32(),
        "answered_date": pa.date32(),
        "is_objecting": pa.bool_(),
        "granted_purposes": pa.list_(pa.string()),
        "decided_purposes": pa.list_(pa.string()),
        "held_product_ids": pa.list_(pa.string()),
        "refused_product_ids": pa.list_(pa.string()),
        "refused_dates": pa.list_(pa.date32()),
    }
)

ADA: dict[str, Any] = {
    "person_key": "00000000-0000-0000-0000-000000000001",
    "status": "active",
    "country": "AT",
    "segment": "retail",
    "birth_year": 1980,
    "birth_year_to": None,
    "annual_income": 50_000.0,
    "is_in_arrears": False,
    "is_arrears_unknown": False,
    "risk_tolerance": 4,
    "knowledge_level": 3,
    "loss_capacity": 3,
    "horizon_years": 10,
    "answered_date": date(2026, 1, 1),
    "is_objecting": False,
    "granted_purposes": ["profiling"],
    "decided_purposes": ["marketing", "profiling"],
    "held_product_ids": [],
    "refused_product_ids": None,
    "refused_dates": None,
}


def catalogue_of(*products: Product) -> Catalogue:
    return Catalogue(products)


def product(product_id: str = "card", **limits: Any) -> Product:
    return Product(product_id, product_id.title(), limits.pop("category", "account"), **limits)


def facts_of(catalogue: Catalogue, *customers: dict[str, Any]) -> RuleFacts:
    """Customers that are Ada but for what they say of themselves."""
    rows = pa.Table.from_pylist([ADA | customer for customer in customers], schema=SCHEMA)
    return build_rule_facts(rows, catalogue)
