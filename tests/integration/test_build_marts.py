"""The marts of a small bank, worked out by hand, and what may and may not change them."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from psycopg import sql
from psycopg.rows import dict_row

from recsys.errors import CheckError
from recsys.evaluation.feature_dates import plan_feature_dates
from recsys.evaluation.splits import plan_split, split_of
from recsys.io import cluster
from recsys.io.dbt import run_dbt
from recsys.io.postgres import Connection, Database, open_database
from recsys.settings import Settings
from recsys.steps.build_marts import MARTS
from recsys.steps.runner import run_step
from recsys.types import StepResult

from .raw_bank import AS_OF, RUN_ID, A, B, C, D, E, write_bank, write_rows

LAST_ORIGIN = date(2024, 11, 1)
# Of A.
FIRST_OPENING = date(2023, 1, 10)
SPLIT = plan_split(AS_OF, "events", FIRST_OPENING, 7)
ORIGINS = list(SPLIT.origins)
FEATURE_DATES = plan_feature_dates(SPLIT, AS_OF, FIRST_OPENING)
Rows = dict[str, list[dict[str, Any]]]


class Builds(NamedTuple):
    """One bank, built three times: as it is, once more, and after later facts and corrections came in."""

    database: Database
    settings: Settings
    result: StepResult
    first: Rows
    again: Rows
    later: Rows


@pytest.fixture(scope="module")
def builds(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builds]:
    folder = tmp_path_factory.mktemp("marts")
    for name in ("secrets.json", "ports.json"):
        shutil.copy(server.home / name, folder / name)
    settings = Settings(home=folder, database_name=f"recsys_{uuid.uuid4().hex[:12]}")
    maintenance = Database("127.0.0.1", cluster.running_port(server), "postgres", open_database(server).secrets)
    name = sql.Identifier(settings.database_name)
    with maintenance.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template recsys").format(name))
        connection.execute(sql.SQL("revoke connect, temporary on database {} from public").format(name))
        connection.execute(sql.SQL("grant connect on database {} to public").format(name))
        connection.execute(sql.SQL("grant temporary on database {} to ingest, transform").format(name))
    database = open_database(settings)
    write_bank(database)
    result = run_step("build_marts", RUN_ID, settings)
    first = read_marts(database)
    run_step("build_marts", RUN_ID, settings)
    again = read_marts(database)
    plant_later_facts(database)
    correct_bookings(database)
    run_step("build_marts", RUN_ID, settings)
    yield Builds(database, settings, result, first, again, read_marts(database))
    with maintenance.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(name))


def plant_later_facts(database: Database) -> None:
    """Everything that can be known about A later than the last origin, a day later."""
    day = "2024-11-02"
    with database.connect("ingest") as connection:
        write_rows(
            connection,
            "customers",
            {
                "customer_key": A,
                "registered_at": "2020-01-01",
                "valid_from": day,
                "annual_income": 90000,
                "region": "99",
            },
        )
        write_rows(connection, "holdings", {"customer_key": A, "product_id": "loan", "opened_at": day})
        write_rows(
            connection,
            "surveys",
            {"response_id": "3", "customer_key": A, "answered_at": f"{day}T00:00:00Z", "risk_tolerance": 1},
        )
        write_rows(
            connection,
            "transactions",
            {
                "transaction_id": "later",
                "customer_key": A,
                "booked_at": f"{day}T00:00:00Z",
                "amount": -7,
                "category": "fun",
            },
        )
        connection.execute(
            "update raw.holdings set closed_at = %s where product_id = 'fund' and customer_key = %s", [day, A]
        )


def correct_bookings(database: Database) -> None:
    """A late booking on an old day, another amount, another category, and one booking that never was."""
    with database.connect("ingest") as connection:
        connection.execute("update raw.transactions set amount = -11 where transaction_id = 'today'")
        connection.execute("update raw.transactions set category = 'gym' where transaction_id = '29 days ago'")
        connection.execute("delete from raw.transactions where transaction_id = 'wage'")


def read_marts(database: Database) -> Rows:
    with database.connect("training") as connection, connection.cursor(row_factory=dict_row) as cursor:
        return {
            mart: sorted(cursor.execute(sql.SQL("select * from marts.{}").format(sql.Identifier(mart))), key=str)
            for mart in MARTS
        }


def features_of(rows: Rows, person: uuid.UUID, day: date) -> dict[str, Any]:
    found = [row for row in rows["feat_customers"] if (row["person_key"], row["feature_date"]) == (person, day)]
    assert len(found) == 1
    return found[0]


def customer_of(rows: Rows, person: uuid.UUID) -> dict[str, Any]:
    return next(row for row in rows["dim_customers"] if row["person_key"] == person)


def test_details_name_the_feature_dates_and_the_rows(builds: Builds) -> None:
    assert [fold.origin for fold in split_of(builds.result.details["split"]).folds] == ORIGINS
    assert builds.result.details["feature_dates"] == [day.isoformat() for day in FEATURE_DATES]
    assert builds.result.details["rows"] == {mart: len(rows) for mart, rows in builds.first.items()}


def test_money_is_summed_over_windows_that_end_with_the_feature_date(builds: Builds) -> None:
    a = features_of(builds.first, A, AS_OF)
    assert a["spend_30d"] == 10 + 20
    assert a["spend_90d"] == a["money_out_90d"] == 10 + 20 + 40
    assert a["spend_365d"] == 10 + 20 + 40 + 80
    assert a["money_in_90d"] == 1000
    assert a["savings_rate_90d"] == pytest.approx((1000 - 70) / 1000)
    assert a["n_transactions_90d"] == 5


def test_spending_by_category_has_shares_of_the_total(builds: Builds) -> None:
    shares = {
        row["category"]: row["share_365d"]
        for row in builds.first["feat_customer_spending"]
        if (row["person_key"], row["feature_date"]) == (A, AS_OF)
    }
    assert shares == pytest.approx({"food": 30 / 150, "rent": 120 / 150})


def test_somebody_without_bookings_spent_nothing(builds: Builds) -> None:
    b = features_of(builds.first, B, AS_OF)
    assert (b["spend_365d"], b["n_transactions_90d"], b["savings_rate_90d"]) == (Decimal(0), 0, None)


def test_money_is_unknown_where_the_banks_last_booking_is_older_than_the_window(builds: Builds) -> None:
    """At the last origin the newest booking is from 2 January: in the year, and before the 90 days."""
    for person, spent in ((A, 80 + 160), (B, 0)):
        row = features_of(builds.first, person, LAST_ORIGIN)
        assert row["spend_365d"] == spent
        recent = ("spend_30d", "spend_90d", "money_in_90d", "money_out_90d", "n_transactions_90d", "savings_rate_90d")
        assert [row[name] for name in recent] == [None] * len(recent)


def test_attributes_and_answers_are_those_of_the_feature_date(builds: Builds) -> None:
    days = (*ORIGINS[-3:], AS_OF)
    a = [features_of(builds.first, A, day) for day in days]
    assert [row["annual_income"] for row in a] == [30000, 30000, 50000, 50000]
    assert [row["risk_tolerance"] for row in a] == [2, 6, 6, 6]
    assert [row["tenure_days"] for row in a] == [(day - date(2020, 1, 1)).days for day in days]
    assert [row["held_product_ids"] for row in a] == [
        ["account", "fund"],
        ["account", "card", "fund"],
        ["account", "fund"],
        ["account", "fund"],
    ]


def test_nobody_has_features_before_being_registered(builds: Builds) -> None:
    assert [row["feature_date"] for row in builds.first["feat_customers"] if row["person_key"] == E] == [AS_OF]


def test_two_customers_that_are_one_person_are_merged(builds: Builds) -> None:
    person = customer_of(builds.first, C)
    assert D not in {row["person_key"] for mart in MARTS for row in builds.first[mart] if "person_key" in row}
    assert (person["status"], person["is_in_arrears"]) == ("active", True)
    assert (person["occupation"], person["region"]) == ("baker", "10")
    assert person["registered_date"] == date(2019, 1, 1)
    account = next(
        row for row in builds.first["fct_holdings"] if (row["person_key"], row["product_id"]) == (C, "account")
    )
    assert account["balance"] == 10 + 20


def test_a_refusal_wins_a_tie_and_silence_is_no_consent(builds: Builds) -> None:
    consents = {row["person_key"]: row["has_profiling_consent"] for row in builds.first["dim_customers"]}
    assert consents == {A: True, B: False, C: False, E: False}


def test_a_holding_without_a_date_is_known_only_as_of_now(builds: Builds) -> None:
    assert features_of(builds.first, B, LAST_ORIGIN)["held_product_ids"] == []
    assert features_of(builds.first, B, AS_OF)["held_product_ids"] == ["loan"]
    assert [row["is_opened_date_assumed"] for row in builds.first["fct_holdings"] if row["person_key"] == B] == [True]


def test_interactions_are_events_and_holdings_with_the_weight_of_their_kind(builds: Builds) -> None:
    interactions = builds.first["fct_interactions"]
    assert len(interactions) == 1 + len(builds.first["fct_holdings"])
    click = next(row for row in interactions if row["event_type"] == "click")
    assert (click["person_key"], click["weight"]) == (C, pytest.approx(0.2))
    assert {row["weight"] for row in interactions if row["event_type"] == "holding"} == {1.0}


def test_building_twice_changes_nothing(builds: Builds) -> None:
    assert builds.again == builds.first


@pytest.mark.parametrize("mart", ["feat_customers", "feat_customer_spending"])
def test_facts_known_later_change_no_earlier_feature(builds: Builds, mart: str) -> None:
    before, after = (
        [row for row in rows[mart] if row["feature_date"] <= LAST_ORIGIN] for rows in (builds.first, builds.later)
    )
    assert before
    assert after == before


def test_the_facts_known_later_are_such_as_change_features(builds: Builds) -> None:
    """Without this, the test above would pass on facts that no feature looks at."""
    before, after = (features_of(rows, A, AS_OF) for rows in (builds.first, builds.later))
    for column in ("annual_income", "region", "risk_tolerance", "held_product_ids", "spend_90d"):
        assert after[column] != before[column]
    assert "fun" in {row["category"] for row in builds.later["feat_customer_spending"]}


def test_corrected_added_and_deleted_bookings_arrive_in_the_mart(builds: Builds) -> None:
    bookings = {row["transaction_id"]: (row["amount"], row["category"]) for row in builds.later["fct_transactions"]}
    assert bookings == {
        "today": (-11, "food"),
        "29 days ago": (-20, "gym"),
        "30 days ago": (-40, "rent"),
        "another currency": (-5, "food"),
        "364 days ago": (-80, "rent"),
        "365 days ago": (-160, "unknown"),
        "later": (-7, "fun"),
    }


def test_the_unit_tests_of_the_project_pass(builds: Builds) -> None:
    result = run_dbt(builds.settings, builds.database, "transform", ["test", "--select", "test_type:unit"], variables())
    assert set(result.n_by_status) == {"pass"}
    assert result.n_by_status["pass"] >= 4


def test_a_snapshot_holds_one_product_out_for_each_fold_before_any_feature(home: Settings, database: Database) -> None:
    write_bank(database, history="snapshot", legal_basis="legitimate_interest")
    # A seed for which A is in the outer fifth of the owners of two products and C in the inner one.
    result = run_step("build_marts", RUN_ID, home.model_copy(update={"seed": 15}))
    rows = read_marts(database)
    split = split_of(result.details["split"])
    inner, outer = date(2024, 12, 29), date(2024, 12, 30)
    assert split.origins == (inner, outer)
    late = {
        row["person_key"]: (row["product_id"], row["opened_date"])
        for row in rows["fct_holdings"]
        if row["opened_date"] > inner
    }
    assert {person: day for person, (_, day) in late.items()} == {A: AS_OF, C: outer}
    for person, (product, day) in late.items():
        for feature_date in (inner, outer, AS_OF):
            held = features_of(rows, person, feature_date)["held_product_ids"]
            now = features_of(rows, person, AS_OF)["held_product_ids"]
            assert held == (now if feature_date >= day else [one for one in now if one != product])
    assert {len(features_of(rows, B, day)["held_product_ids"]) for day in (inner, outer, AS_OF)} == {1}
    assert features_of(rows, A, inner)["spend_30d"] == 10 + 20 + 40
    consents = {row["person_key"]: row["has_profiling_consent"] for row in rows["dim_customers"]}
    assert consents == {A: True, B: True, C: False, E: True}


def test_whoever_objects_or_is_in_doubt_counts_as_refusing_and_whoever_is_restricted_is_in_no_mart(
    home: Settings, database: Database
) -> None:
    write_bank(database, legal_basis="legitimate_interest")
    run_step("build_marts", RUN_ID, home)
    before = read_marts(database)
    with database.connect("admin") as connection:
        for key, reason, serves in ((A, "objected", "popular"), (D, "restricted", "nothing")):
            connection.execute(
                "insert into ops.suppressions (customer_key, reason, serves) values (%s, %s, %s)", [key, reason, serves]
            )
        connection.execute("insert into ops.consents_in_doubt values (%s)", [B])
        # A day that the run does not look at yet: it is written down here, so it counts.
        connection.execute(
            "insert into ops.consents (customer_key, purpose, is_granted, channel) values (%s, 'profiling', false, '')",
            [E],
        )
        plant_booking_of_restricted(connection)
    run_step("build_marts", RUN_ID, home)
    rows = read_marts(database)
    consents = {row["person_key"]: row["has_profiling_consent"] for row in rows["dim_customers"]}
    assert consents == {A: False, B: False, E: False}
    assert C in {row["person_key"] for row in before["dim_customers"]}
    assert C not in {row["person_key"] for mart in MARTS for row in rows[mart] if "person_key" in row}
    with database.connect("admin") as connection:
        assert connection.execute("select count(*) from raw.holdings where customer_key = %s", [D]).fetchone() == (2,)
        connection.execute("delete from ops.suppressions")
        connection.execute("delete from ops.consents")
        connection.execute("delete from ops.consents_in_doubt")
        connection.execute("delete from raw.transactions where transaction_id = 'restricted'")
    run_step("build_marts", RUN_ID, home)
    assert read_marts(database) == before


def plant_booking_of_restricted(connection: Connection) -> None:
    booking = {"transaction_id": "restricted", "customer_key": D, "booked_at": f"{AS_OF}T10:00:00Z", "amount": -3}
    write_rows(connection, "transactions", booking)


def test_a_broken_reference_stops_the_run_with_the_name_of_its_test(home: Settings, database: Database) -> None:
    write_bank(database)
    with database.connect("ingest") as connection:
        connection.execute("delete from raw.products where product_id = 'loan'")
    with pytest.raises(CheckError, match="relationships_feed_holdings_product_id") as failure:
        run_step("build_marts", RUN_ID, home)
    log = home.home / "dbt" / "logs" / f"{RUN_ID}.log"
    assert str(log) in str(failure.value)
    password = database.secrets.password("transform").encode()
    assert not [path for path in (home.home / "dbt").rglob("*") if path.is_file() and password in path.read_bytes()]


def variables() -> dict[str, Any]:
    return {
        "as_of": AS_OF.isoformat(),
        "history": "events",
        "seed": 7,
        "held_out_share": 0.2,
        "currency": "EUR",
        "legal_basis": "consent",
        "feature_dates": [day.isoformat() for day in FEATURE_DATES],
        "declared_features": {"customers": ["club", "it's"], "surveys": ["mood"], "products": []},
    }
