from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest

from recsys.cleaning.standardising.addresses import standard_address_line
from recsys.feed.contract import TABLES
from recsys.feed.demo.bank import Part, Plan, draw_bank
from recsys.feed.demo.behaviour import draw_holdings
from recsys.feed.demo.block import Block, draw_block
from recsys.feed.demo.catalogue import CATALOGUE, PRODUCT_IDS
from recsys.feed.demo.duplicates import DUPLICATE_KINDS
from recsys.feed.demo.households import LOOK_ALIKES
from recsys.feed.demo.misspelling import international
from recsys.feed.demo.names import COUNTRIES, TOWNS
from recsys.feed.demo.people import SEGMENTS
from recsys.feed.demo.registrations import customer_table
from recsys.feed.demo.spelling_styles import STYLES
from recsys.feed.demo.truth import duplicate_rows
from recsys.feed.demo.variants import COLUMNS, near_misses, variants_of
from recsys.io.demo_feed import write_demo_feed
from recsys.io.feed_checks import FeedCheck, TableReport
from recsys.io.feed_files import open_feed
from recsys.ranking.rules.registry import RULES

AS_OF = date(2026, 10, 31)
TODAY = (AS_OF - date(1970, 1, 1)).days
PLAN = Plan(600, 7, AS_OF, transactions_per_customer=30)


@pytest.fixture(scope="module")
def bank() -> Part:
    return next(draw_bank(PLAN))


@pytest.fixture(scope="module")
def block() -> Block:
    return draw_block(np.random.default_rng(3), 1, 2000, AS_OF)


def faults_found(folder: Path) -> set[tuple[str, int, str | None, str]]:
    feed = open_feed(str(folder))
    check = FeedCheck(feed, AS_OF)
    return {
        (file.table.name, reject.line, reject.column, reject.rule)
        for file in feed.files
        for batch in check.batches(TableReport(file))
        for reject in batch.rejects
    }


def test_every_table_of_the_contract_is_there_with_declared_columns_only(bank: Part) -> None:
    assert set(bank.tables) == {table.name for table in TABLES}
    for table in TABLES:
        assert set(bank.tables[table.name].column_names) <= set(table.column_names)


def test_the_catalogue_holds_24_products_of_which_one_is_withdrawn_and_one_to_come(bank: Part) -> None:
    products = bank.tables["products"]
    assert products.num_rows == 24
    assert pc.sum(pc.less_equal(products["withdrawn_at"], pa.scalar(AS_OF))).as_py() == 1
    assert pc.sum(pc.greater(products["launched_at"], pa.scalar(AS_OF))).as_py() == 1


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_validation_finds_exactly_the_faults_that_the_truth_names(tmp_path: Path, file_format: str) -> None:
    write_demo_feed(PLAN, tmp_path, file_format)  # type: ignore[arg-type]
    path = tmp_path / "truth" / f"dirt.{file_format}"
    truth = csv.read_csv(path) if file_format == "csv" else pq.read_table(path)
    assert faults_found(tmp_path) == {
        tuple(row[k] for k in ("table", "line", "column", "rule")) for row in truth.to_pylist()
    }


def test_less_than_one_percent_of_the_rows_of_a_table_are_faulty(bank: Part) -> None:
    counts = bank.truth["dirt"].group_by("table").aggregate([("row", "count")]).to_pylist()
    assert all(row["row_count"] < 0.01 * bank.tables[row["table"]].num_rows for row in counts)


def test_the_same_seed_makes_the_same_bank_and_another_seed_another(bank: Part) -> None:
    again, other = next(draw_bank(PLAN)), next(draw_bank(Plan(600, 8, AS_OF, 30)))
    assert all(again.tables[name].equals(rows) for name, rows in bank.tables.items())
    assert not other.tables["customers"].equals(bank.tables["customers"])


def test_every_planted_value_stands_in_the_row_that_the_truth_names(bank: Part) -> None:
    ids = {"transactions": "transaction_id", "surveys": "response_id", "interactions": "event_id"}
    texts = {
        (name, row[key], column): row[column]
        for name, key in ids.items()
        for row in reversed(bank.tables[name].to_pylist())
        for column in ("description", "merchant", "comment", "note")
        if column in row
    }
    planted = bank.truth["planted"].to_pylist()
    assert len(planted) > 100
    assert all(row["value"] in texts[row["table"], row["row_id"], row["column"]] for row in planted)


def test_customers_names_are_also_shortened_mistyped_and_written_without_accents(bank: Part) -> None:
    names = [row for row in bank.truth["planted"].to_pylist() if row["kind"] in ("full name", "other customer")]
    assert {row["variant"] for row in names} == {
        "exact", "case", "spacing", "order", "accents", "initials", "typo",
    }  # fmt: skip
    # The table writes some names with other spaces, as people do.
    full_names = {
        row["customer_id"]: " ".join((row["full_name"] or "").split()) for row in bank.tables["customers"].to_pylist()
    }
    exact = [row for row in names if row["variant"] == "exact"]
    assert exact
    for row in names:
        assert (row["variant"] == "exact") == (row["value"] == full_names[row["customer_id"]])


def test_outsiders_are_nobody_s_customer(bank: Part) -> None:
    customers = {name.casefold() for name in bank.tables["customers"]["full_name"].to_pylist() if name}
    outsiders = bank.truth["planted"].filter(pc.invert(bank.truth["planted"]["is_customer"]))
    names = [value.casefold() for value in outsiders["value"].to_pylist()]
    assert names
    assert not customers & {" ".join(name.split()) for name in names}
    assert not customers & {" ".join(reversed(name.split(", "))) for name in names}


def customers_of(block: Block) -> dict[str, dict[str, Any]]:
    """The present row of each customer."""
    rows = customer_table(np.random.default_rng(4), block).to_pylist()
    return {row["customer_id"]: row for row in reversed(rows)}


def test_four_in_a_hundred_customers_are_second_registrations(bank: Part, block: Block) -> None:
    assert bank.truth["duplicates"].num_rows == 24
    assert duplicate_rows(block).num_rows == 80


def test_second_registrations_share_what_the_truth_says(block: Block) -> None:
    customers = customers_of(block)
    for pair in duplicate_rows(block).to_pylist():
        second, first = customers[pair["customer_id"]], customers[pair["same_as"]]
        has_same_id = second["national_id"] and second["national_id"].replace(" ", "") == first["national_id"]
        has_same_email = second["email"] and second["email"].lower() == first["email"]
        assert bool(has_same_id) == (pair["common"] == "national_id")
        assert bool(has_same_email) == (pair["common"] == "email and birth_date")
        assert (second["birth_date"] != first["birth_date"]) == (pair["common"] == "birth date mistyped")


def test_every_second_registration_agrees_with_the_first_in_two_strong_points(block: Block) -> None:
    customers, duplicates = customers_of(block), duplicate_rows(block).to_pylist()
    assert {pair["common"] for pair in duplicates} == set(DUPLICATE_KINDS)
    for pair in duplicates:
        second, first = customers[pair["customer_id"]], customers[pair["same_as"]]
        phones = [row["phone"] and "".join(c for c in row["phone"] if c.isdigit())[-7:] for row in (first, second)]
        agreements = [
            bool(second["national_id"]) and second["national_id"].replace(" ", "") == first["national_id"],
            bool(second["email"]) and second["email"].lower() == first["email"],
            second["full_name"] == first["full_name"],
            second["birth_date"] == first["birth_date"],
            bool(phones[0]) and phones[0] == phones[1],
            second["postcode"] == first["postcode"],
        ]
        assert sum(agreements) >= 2, pair["common"]


def test_some_persons_are_registered_three_times_and_their_events_are_spread(block: Block) -> None:
    originals, counts = np.unique(block.duplicates.originals, return_counts=True)
    assert counts.max() == 2
    person = originals[counts.argmax()]
    owners = block.owners(np.random.default_rng(5), np.full(400, person), np.full(400, TODAY))
    again = block.n_persons + np.nonzero(block.duplicates.originals == person)[0]
    assert set(owners) == {person, *again}
    before = np.full(400, block.duplicates.registered[again - block.n_persons].min() - 1)
    assert set(block.owners(np.random.default_rng(5), np.full(400, person), before)) == {person}


def test_look_alikes_are_different_persons(block: Block) -> None:
    people, contacts, households = block.people, block.contacts, block.households
    ids, given = contacts.national_id.to_pylist(), contacts.given.to_pylist()
    kinds = [LOOK_ALIKES[kind] for kind in households.kinds]
    assert set(kinds) == set(LOOK_ALIKES)
    for kind, member, model in zip(kinds, households.members, households.models, strict=True):
        assert ids[member] is None or ids[member] != ids[model]
        if kind == "twins":
            assert people.born[member] == people.born[model]
        else:
            assert people.born[member] != people.born[model]
        if kind in ("parent and child", "namesakes"):
            assert given[member] == given[model]
    assert not set(block.duplicates.originals) & set(np.nonzero(households.are_confusable)[0])


def test_every_spelling_stands_in_the_row_that_the_truth_names(tmp_path: Path) -> None:
    write_demo_feed(PLAN, tmp_path)
    texts = csv.ConvertOptions(column_types={"written": pa.string(), "clean": pa.string()})
    spellings = csv.read_csv(tmp_path / "truth" / "spellings.csv", convert_options=texts).to_pylist()
    lines = {name: (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines() for name in STYLES}
    found = {(row["table"], row["column"]) for row in spellings}
    assert found == {(name, column) for name, columns in STYLES.items() for column in columns}
    assert all(row["written"] in lines[row["table"]][row["line"] - 1] for row in spellings)
    assert all(row["written"] != row["clean"] for row in spellings)


def test_about_three_in_a_hundred_values_of_a_customer_s_column_are_spelled_otherwise(bank: Part) -> None:
    spellings = bank.truth["spellings"]
    counts = pc.value_counts(spellings.filter(pc.equal(spellings["table"], "customers"))["column"]).to_pylist()
    assert {row["values"] for row in counts} == set(STYLES["customers"])
    assert all(0.01 < row["counts"] / bank.tables["customers"].num_rows < 0.05 for row in counts)


def test_telephone_numbers_are_valid_and_nobody_else_s(block: Block) -> None:
    people, households = block.people, block.households
    phones = international(block.contacts.phone).to_pylist()
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones if phone)
    own = [phone for place, phone in enumerate(phones) if phone and households.phone[place] == place]
    assert len(set(own)) == len(own) > 0.9 * len(people) * 0.9


def test_variants_in_the_tables_are_in_the_truth_and_near_misses_stand_for_themselves(bank: Part) -> None:
    truth = bank.truth["variants"].to_pylist()
    spellings = bank.truth["spellings"].to_pylist()
    for table, column in COLUMNS:
        clean = {row["written"]: row["clean"] for row in spellings if (row["table"], row["column"]) == (table, column)}
        canonical = {row["written"]: row["canonical"] for row in truth if row["column"] == column}
        outsiders = set(bank.truth["planted"]["value"].to_pylist())
        found = set(bank.tables[table][column].drop_null().to_pylist()) - outsiders
        written = {clean.get(value, value) for value in found}
        assert written <= set(canonical)
        assert any(canonical[value] != value for value in written)
        assert all(canonical[value] == value for value in near_misses(column))
        assert len(canonical) == sum(row["column"] == column for row in truth), "a spelling stands for two values"


def test_towns_are_misspelled_as_standardising_leaves_them() -> None:
    """Or the truth about spellings, which says what standardising must find, would be wrong about them."""
    towns = [name for canonical, others in variants_of("city").items() for name in (canonical, *others)]
    towns += near_misses("city")
    assert [standard_address_line(town) for town in towns] == towns
    assert set(variants_of("city")) == {town for country in TOWNS for town, _ in country}


def test_distinct_texts_stay_few(bank: Part) -> None:
    assert pc.count_distinct(bank.tables["transactions"]["description"]).as_py() < 2 * PLAN.n_customers + 400


def test_nobody_opens_what_they_may_not_have(block: Block) -> None:
    people, holdings = block.people, draw_holdings(np.random.default_rng(5), block.people, AS_OF)
    opened_on_arrival = holdings.opened == people.registered[holdings.person]
    for place, product in enumerate(CATALOGUE):
        rows = (holdings.product == place) & ~opened_on_arrival
        person, day = holdings.person[rows], holdings.opened[rows]
        age = (day - people.born[person]) / 365.25
        income = np.maximum(people.income, people.income_before)[person]
        # A month's sales are permitted on its last day, a year's before the history on that year's.
        assert (age >= (product.min_age or 0) - 1.01).all()
        assert (age < (product.max_age or 200) + 1).all()
        assert (income >= (product.min_annual_income or 0)).all()
        assert (people.risk_tolerance[person] >= (product.risk_class or 0)).all()
        if product.countries:
            assert {COUNTRIES[k] for k in people.country[person]} <= set(product.countries)
        assert not {SEGMENTS[k] for k in people.segment[person]} & set(product.negative_segments)


def test_nobody_holds_a_product_twice_at_a_time_or_one_that_is_not_for_sale(block: Block) -> None:
    holdings = draw_holdings(np.random.default_rng(5), block.people, AS_OF)
    frame = pd.DataFrame({"person": holdings.person, "product": holdings.product, "opened": holdings.opened})
    frame["closed"] = np.where(holdings.closed == 0, TODAY + 1, holdings.closed)
    frame = frame.sort_values(["person", "product", "opened"])
    previous = frame.groupby(["person", "product"])["closed"].shift(fill_value=0)
    assert (frame["opened"] >= previous).all()
    assert (frame["closed"] > frame["opened"]).all()
    assert (holdings.product != PRODUCT_IDS.index("robo_portfolio")).all()
    assert holdings.opened[holdings.product == PRODUCT_IDS.index("passbook")].max() < TODAY - 500


def test_customers_open_enough_to_test_models_on(block: Block) -> None:
    holdings = draw_holdings(np.random.default_rng(5), block.people, AS_OF)
    recent = holdings.opened > TODAY - 365
    assert recent.sum() > 0.6 * len(block.people)
    assert len(np.unique(holdings.product[recent])) >= 20


def test_blocks_never_share_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.feed.demo.bank.CUSTOMERS_PER_BLOCK", 100)
    parts = list(draw_bank(Plan(250, 1, AS_OF, 5)))
    assert [part.n_customers for part in parts] == [100, 100, 50]
    for name, key in (("transactions", "transaction_id"), ("surveys", "response_id"), ("interactions", "event_id")):
        seen = [set(part.tables[name][key].to_pylist()) for part in parts]
        assert len(set.union(*seen)) == sum(len(ids) for ids in seen)


def test_every_limit_that_a_rule_applies_is_set_by_some_product(bank: Part) -> None:
    products = bank.tables["products"]
    limits = {limit for rule in RULES for limit in rule.limits} - {"launched_date", "withdrawn_date"}
    assert {limit for limit in limits if products[limit].null_count == products.num_rows} == set()
