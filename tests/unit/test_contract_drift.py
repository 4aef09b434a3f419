"""The feed contract, the raw tables, dbt's sources and the expectations say the same, or a test names what differs."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from typing import Any

import pytest
import yaml

from recsys.cleaning.linkage_columns import LINKED_COLUMNS
from recsys.features.attributes import ATTRIBUTES, N_HOLDINGS, SHARE_PREFIX
from recsys.features.purposes import WORKED_OUT, feed_columns
from recsys.feed.columns import Column, Kind, Purpose, Table
from recsys.feed.contract import CLUSTERED_IN_STAGING, CLUSTERED_INSIDE, CUSTOMERS, INTERACTIONS, TABLES
from recsys.settings import PROJECT

DBT = PROJECT / "dbt_project"
RAW_TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "double precision",
    Kind.MONEY: "numeric(18, 2)",
    Kind.DATE: "date",
    Kind.TIMESTAMP: "timestamptz",
    Kind.BOOLEAN: "boolean",
    Kind.TEXT_LIST: "text[]",
}
# What pseudonymising and generalising make of a column.
CHANGED_TYPES = {"customer_key": "uuid", "advisor_key": "uuid", "counterparty_key": "uuid", "birth_year": "smallint"}


@cache
def raw_tables() -> dict[str, dict[str, tuple[str, bool]]]:
    """Table -> column -> (type, is not null), as all migrations together leave `raw`."""
    tables: dict[str, dict[str, tuple[str, bool]]] = {}
    for path in sorted((PROJECT / "src/recsys/io/migrations").glob("*.sql")):
        for name, body in re.findall(r"create table raw\.(\w+) \((.*?)\n\);", path.read_text(), re.DOTALL):
            columns = re.findall(
                r"^    (\w+) ((?!nulls)[a-z]+(?: precision)?(?:\([\d, ]+\))?(?: ?\[\])?)(.*)$", body, re.MULTILINE
            )
            tables[name] = {column: (kind.replace(" [", "["), "not null" in rest) for column, kind, rest in columns}
        for name, column, kind in re.findall(
            r"alter table raw\.(\w+) add column (\w+) (\w+(?:\[\])?);", path.read_text()
        ):
            tables[name][column] = (kind, False)
    return tables


def passing(table: Table) -> dict[str, Column]:
    """The columns of `table` of which something gets into `raw`, by their name there."""
    return {column.raw_name: column for column in table.columns if column.raw_name}


def sources() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((DBT / "models/staging/_feed__sources.yml").read_text())
    return {table["name"]: table for table in document["sources"][0]["tables"]}


def suite(zone: str, name: str) -> list[dict[str, Any]]:
    document = json.loads((PROJECT / "expectations" / zone / f"{name}.json").read_text())
    assert document["name"] == f"{zone}.{name}"
    return list(document["expectations"])


def mart_columns() -> dict[str, dict[str, str]]:
    documents = [yaml.safe_load(path.read_text()) for path in (DBT / "models/marts").glob("_*.yml")]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for document in documents
        for model in document["models"]
    }


def expected_columns(expectations: list[dict[str, Any]]) -> set[str]:
    columns: set[str] = set()
    for expectation in expectations:
        kwargs = expectation["kwargs"]
        columns |= {kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs}
        columns |= set(kwargs.get("column_list", ()))
    return columns


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_raw_table_has_the_columns_and_types_of_the_contract(table: Table) -> None:
    declared = {
        name: (CHANGED_TYPES.get(name, RAW_TYPES[column.kind]), column.required)
        for name, column in passing(table).items()
    }
    raw = dict(raw_tables()[table.name])
    assert raw.pop("extras") == ("jsonb", False)
    if table is CUSTOMERS:
        # What `anonymise_feed` adds where few share a birth year is no column of the feed.
        assert raw.pop("birth_year_to") == ("smallint", False)
    assert raw == declared


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_dbt_source_has_the_columns_of_the_contract(table: Table) -> None:
    source = sources()[table.name]
    columns = [column["name"] for column in source["columns"] if column["name"] != "birth_year_to"]
    assert columns == [*passing(table), "extras"]
    assert source["description"] == table.description


def test_dbt_sources_and_raw_suites_cover_all_raw_tables_and_no_other() -> None:
    suites = {path.stem for path in (PROJECT / "expectations/raw").glob("*.json")}
    assert set(sources()) == set(raw_tables()) == suites == {table.name for table in TABLES} | {"customer_links"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_raw_suite_asks_for_what_the_contract_asks_for(table: Table) -> None:
    expectations = suite("raw", table.name)
    assert expected_columns(expectations) <= set(passing(table))
    asked = {
        (expectation["type"], expectation["kwargs"].get("column")): expectation["kwargs"]
        for expectation in expectations
    }
    for name, column in passing(table).items():
        if column.required:
            assert ("expect_column_values_to_not_be_null", name) in asked
        # Values within a list are checked where the feed comes in.
        if column.choices and column.kind is not Kind.TEXT_LIST:
            assert asked["expect_column_values_to_be_in_set", name]["value_set"] == list(column.choices)
        if column.minimum is not None or column.maximum is not None:
            limits = asked["expect_column_values_to_be_between", name]
            assert (limits.get("min_value"), limits.get("max_value")) == (column.minimum, column.maximum)
    assert asked["expect_table_row_count_to_be_between", None]["min_value"] == int(table.required)


def test_staging_gives_every_clustered_column_its_canonical_values_and_no_other() -> None:
    joined, used = set(), set()
    for path in (DBT / "models/staging").glob("stg_feed__*.sql"):
        table = path.stem.removeprefix("stg_feed__")
        joined |= set(re.findall(r"canonical_join\('(\w+)', '(\w+)'\)", path.read_text()))
        used |= {(table, column) for column in re.findall(r"canonical\('(\w+)'\)", path.read_text())}
    assert joined == used == set(CLUSTERED_IN_STAGING)


def test_columns_are_clustered_in_staging_where_they_reach_raw_and_inside_the_boundary_where_they_do_not() -> None:
    raw = {(table.name, name) for table in TABLES for name in passing(table)}
    assert set(CLUSTERED_IN_STAGING) <= raw
    assert set(CLUSTERED_INSIDE).isdisjoint(raw)
    # `resolve_customers` counts them from what linking reads.
    assert set(CLUSTERED_INSIDE) <= {("customers", name) for name in LINKED_COLUMNS}


def test_every_mart_has_a_suite_that_names_only_its_columns() -> None:
    marts = mart_columns()
    assert {path.stem for path in (PROJECT / "expectations/marts").glob("*.json")} == set(marts)
    for name, columns in marts.items():
        assert expected_columns(suite("marts", name)) <= set(columns), name


def test_features_hold_no_column_that_the_contract_keeps_from_models() -> None:
    """Columns for audits and contact must not be in a feature mart under any table's name for them."""
    purposes: dict[str, set[Purpose]] = {}
    for table in TABLES:
        for name, column in passing(table).items():
            purposes.setdefault(name, set()).add(column.purpose)
    hidden = {name for name, found in purposes.items() if found <= {Purpose.AUDIT, Purpose.CONTACT}}
    assert {"gender", "marital_status", "branch", "language"} <= hidden
    for mart, columns in mart_columns().items():
        if mart.startswith("feat_"):
            assert not hidden & set(columns), mart


def feature_columns() -> list[str]:
    """Every column of the feature marts of persons, and what models see beyond them."""
    # What `extras` holds is declared by feeds: ops.declared_features, and test_feature_purposes.py.
    keys = {"person_key", "feature_date", "extras"}
    columns = [name for name in mart_columns()["feat_customers"] if name not in keys]
    return [*columns, *(f"{SHARE_PREFIX}{name}" for name in ("food", "rent"))]


@pytest.mark.parametrize("name", [*feature_columns(), *(one.name for one in (*ATTRIBUTES, N_HOLDINGS))])
def test_feature_comes_from_columns_whose_purpose_is_feature(name: str) -> None:
    columns = {f"{table.name}.{column.name}": column for table in TABLES for column in table.columns}
    sources = feed_columns(name)
    assert sources, f"nothing says what {name} comes from"
    assert {source for source in sources if columns[source].purpose is not Purpose.FEATURE} == set()


def test_every_worked_out_feature_is_one() -> None:
    assert {name for name in WORKED_OUT if not name.startswith(SHARE_PREFIX)} <= set(feature_columns())


def test_every_event_type_has_a_weight() -> None:
    with (DBT / "seeds/event_weights.csv").open() as lines:
        weights = {row["event_type"]: float(row["weight"]) for row in csv.DictReader(lines)}
    choices = INTERACTIONS.column("event_type").choices
    assert set(weights) == {*choices, "holding"}
    interactions = {item["kwargs"].get("column"): item["kwargs"] for item in suite("marts", "fct_interactions")}
    assert max(weights.values()) <= interactions["weight"]["max_value"]
