from __future__ import annotations

import csv
from pathlib import Path

from tests.end_to_end.planted_values import VARIANTS, Leak, Search, count_planted, find_leaks
from tests.installation import Installation

from recsys.io.landing import landed_tables


def test_no_value_of_a_customer_is_left_outside_the_boundary(demo: Installation) -> None:
    assert find_leaks(demo.settings, demo.feed / "truth") == []


def test_landing_files_are_deleted(demo: Installation) -> None:
    (run, *_) = demo.json("runs")
    assert landed_tables(demo.settings.home, run["run_id"]) == []
    assert not list(demo.settings.home.rglob("landing/**/*.parquet"))


def test_no_planted_value_of_a_customer_is_left_in_the_row_in_which_it_was_planted(demo: Installation) -> None:
    outcomes = count_planted(demo.settings, demo.feed / "truth")
    customers = {planting: outcome for planting, outcome in outcomes.items() if planting.is_customer}
    print({planting[1:]: tuple(outcome) for planting, outcome in sorted(customers.items())})
    assert {planting.variant for planting in customers} == set(VARIANTS)
    assert {planting[1:]: outcome.left for planting, outcome in customers.items() if outcome.left} == {}
    for kind in ("full name", "other customer"):
        assert {"initials", "typo"} <= {planting.variant for planting in customers if planting.kind == kind}


def test_most_names_of_third_parties_are_found(demo: Installation) -> None:
    outcomes = count_planted(demo.settings, demo.feed / "truth")
    outsiders = [outcome for planting, outcome in outcomes.items() if not planting.is_customer]
    planted, left = sum(one.planted for one in outsiders), sum(one.left for one in outsiders)
    print(f"third parties: {planted - left} of {planted} found")
    assert planted > 100
    # 0.02 was left when this was written; a change for the worse is noticed, another bank is not.
    assert left / planted < 0.06


def test_search_finds_a_value_that_is_put_into_a_table_or_a_file(demo: Installation) -> None:
    with (demo.feed / "customers.csv").open(encoding="utf-8", newline="") as file:
        customer = next(row for row in csv.DictReader(file) if " " in row["full_name"])
    planted = Path(demo.settings.home / "logs" / "planted.log")
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"row 1: {customer['full_name'].upper()}\n", encoding="utf-8")
    with demo.database.connect("admin") as connection:
        connection.execute("create table staging.planted as select %s::text as value", [customer["iban"]])
    try:
        found = {(leak.place, leak.kind) for leak in find_leaks(demo.settings, demo.feed / "truth")}
    finally:
        planted.unlink()
        with demo.database.connect("admin") as connection:
            connection.execute("drop table staging.planted")
    assert found == {("logs/planted.log", "full_name"), (f"{demo.settings.database_name}: staging.planted", "iban")}


def test_values_are_searched_at_word_boundaries_in_any_spelling() -> None:
    search = Search({"evahenk": Leak("", "full_name", "Eva Henk")})
    assert [leak.place for leak in search.leaks("log", iter(["to ÉVA  HENK.", "Evahenker", "neva henk"]))] == ["log"]
