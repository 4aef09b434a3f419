"""`recsys why` against the rules themselves, for a bank that was published."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.io.consents import object_to_profiling, record_consent
from recsys.io.postgres import Database
from recsys.io.rule_facts import read_catalogue, read_rule_facts
from recsys.io.serving import read_eliminations
from recsys.ranking.eligibility import Refusers, eliminate, refusers
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.rules.registry import RULES
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import (
    AS_OF,
    PRODUCTS,
    begin_run,
    build_marts,
    context_of,
    customer_id,
    person_key,
    popular_products,
)
from .refused_pairs import refused_pairs

SOMEBODY = 17
N_PERSONS = 300


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database, N_PERSONS)
    publish(home, database, "first")
    return database


def publish(home: Settings, database: Database, run_id: str) -> None:
    begin_run(home, database, run_id)
    build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    with database.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))


def recsys(home: Settings, *words: str) -> Result:
    runner = CliRunner(env={"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name})
    return runner.invoke(app, list(words), catch_exceptions=False)


def why(home: Settings, number: int, product_id: str) -> dict[str, Any]:
    result = recsys(home, "why", customer_id(number), product_id, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def refused_anew(bank: Database, home: Settings) -> dict[tuple[str, str], Refusers]:
    """By customer and product what the rules say of the marts as they are."""
    with bank.connect("publisher") as connection:
        catalogue = read_catalogue(connection, cooling_off_days=home.cooling_off_days)
        (rows,) = read_rule_facts(connection, AS_OF, N_PERSONS, on_objection=home.on_objection)
    mask = eliminate(build_rule_facts(rows, catalogue), catalogue, AS_OF)
    numbers = {person_key(number): customer_id(number) for number in range(N_PERSONS)}
    keys = rows["person_key"].to_pylist()
    return {
        (numbers[keys[row]], catalogue.product_ids[column]): refusers(int(mask[row, column]))
        for row, column in np.argwhere(mask)
    }


def test_a_hundred_eliminated_pairs_are_told_as_the_rules_say_and_what_is_unknown_with_them(
    home: Settings, bank: Database
) -> None:
    refused = refused_anew(bank, home)
    n_unknown = 0
    for customer, product_id in random.Random(7).sample(sorted(refused), 100):
        told = why(home, int(customer[1:]), product_id)
        assert told["outcome"] == "refused"
        expected = refused[customer, product_id]
        assert {one["rule"] for one in told["refused_by"]} == set(expected.rules)
        assert {one["rule"] for one in told["refused_by"] if one["is_unknown"]} == set(expected.unknown)
        n_unknown += bool(expected.unknown)
    assert 10 < n_unknown < 90


def test_systems_downstream_hear_of_every_refusal_but_the_private_ones(home: Settings, bank: Database) -> None:
    private = {rule.name for rule in RULES if rule.is_private}
    said = {(*pair, rule) for pair, refused in refused_anew(bank, home).items() for rule in refused.rules}
    assert {"arrears", "consent"} <= {rule for *_, rule in said} & private
    with bank.connect("downstream") as connection:
        told = connection.execute("select customer_id, product_id, rule from serving.eliminations").fetchall()
    assert set(told) == {one for one in said if one[-1] not in private}
    behind = next(customer for customer, _, rule in sorted(said) if rule == "arrears")
    assert "behind with a payment" not in recsys(home, "recommend", behind).output


def test_consent_that_is_withdrawn_since_refuses_in_the_answer_and_the_look_is_written_down(
    home: Settings, bank: Database
) -> None:
    allowing = 27
    assert why(home, allowing, "cover")["outcome"] == "offered"
    with bank.connect("officer") as connection:
        record_consent(
            connection, person_key(allowing), "third_party", is_granted=False, on_withdrawal="popular", channel="app"
        )
    told = why(home, allowing, "cover")
    assert told["outcome"] == "refused"
    assert [(one["rule"], one["is_unknown"]) for one in told["refused_by"]] == [("consent", False)]
    with bank.connect("downstream") as connection:
        assert "cover" not in {one.product_id for one in read_eliminations(connection, customer_id(allowing))}
    with bank.connect("engineer") as connection:
        looks = connection.execute(
            "select count(*) from ops.audit_log where action = 'read_refusals' and subject = %s", [person_key(allowing)]
        ).fetchone()
    assert looks == (2,)


def test_unknown_consent_that_is_refused_since_is_told_as_refused(home: Settings, bank: Database) -> None:
    assert [one["is_unknown"] for one in why(home, SOMEBODY, "cover")["refused_by"]] == [True]
    with bank.connect("officer") as connection:
        record_consent(
            connection, person_key(SOMEBODY), "third_party", is_granted=False, on_withdrawal="popular", channel="app"
        )
    assert [one["is_unknown"] for one in why(home, SOMEBODY, "cover")["refused_by"]] == [False]


def test_every_pair_of_a_customer_is_on_the_list_below_it_or_refused(home: Settings, bank: Database) -> None:
    refused = refused_anew(bank, home)
    outcomes = {item["product_id"]: why(home, SOMEBODY, item["product_id"]) for item in PRODUCTS}
    for product_id, told in outcomes.items():
        assert (told["outcome"] == "refused") == ((customer_id(SOMEBODY), product_id) in refused)
    offered = [told for told in outcomes.values() if told["outcome"] == "offered"]
    assert sorted(told["rank"] for told in offered) == list(range(1, len(offered) + 1))
    assert all(told["reasons"] and told["n_offered"] == len(offered) for told in offered)


def test_answer_for_people_names_the_limit_of_the_product_and_no_value_of_the_customer(
    home: Settings, bank: Database
) -> None:
    refused = refused_anew(bank, home)
    customer = next(pair[0] for pair, said in sorted(refused.items()) if pair[1] == "loan" and "income" in said.rules)
    result = recsys(home, "why", customer, "loan")
    assert "income: The customer's income is below its minimum. It asks for a yearly income of at least 20,000." in (
        result.output
    )
    income = 10_000 + 1_500 * int(customer[1:])
    assert f"{income:,}" not in result.output
    assert result.output.startswith("Loan (loan): Not offered")
    table = recsys(home, "recommend", customer).output
    assert "It asks for a yearly income of at least 20,000." in table


def test_product_below_the_list_and_product_withdrawn_since_are_not_called_refused(
    home: Settings, bank: Database
) -> None:
    with bank.connect("publisher") as connection:
        catalogue = read_catalogue(connection, cooling_off_days=home.cooling_off_days)
    refused = refused_anew(bank, home)
    number, product_id = next(
        (number, product_id)
        for number in range(N_PERSONS)
        for product_id in catalogue.product_ids
        if (customer_id(number), product_id) not in refused and why(home, number, product_id)["outcome"] != "offered"
    )
    told = why(home, number, product_id)
    assert (told["outcome"], told["rank"], told["refused_by"]) == ("below the list", None, [])
    first = next(item for item in catalogue.product_ids if why(home, number, item)["rank"] == 1)
    with bank.connect("admin") as connection:
        connection.execute("update serving.products set withdrawn_at = current_date where product_id = %s", [first])
    told = why(home, number, first)
    assert (told["outcome"], told["rank"]) == ("withdrawn", None)
    assert "withdrawn on" in recsys(home, "why", customer_id(number), first).output


def test_changed_limit_takes_effect_in_the_next_run_under_a_new_rules_version(home: Settings, bank: Database) -> None:
    refused = refused_anew(bank, home)
    number = next(int(pair[0][1:]) for pair, said in sorted(refused.items()) if "income" in said.rules)
    with bank.connect("transform") as connection:
        connection.execute("update marts.dim_products set min_annual_income = 0 where product_id = 'loan'")
    (income,) = [one for one in why(home, number, "loan")["refused_by"] if one["rule"] == "income"]
    assert income["limits"] == ["It asks for a yearly income of at least 20,000."]
    publish(home, bank, "second")
    assert "income" not in {one["rule"] for one in why(home, number, "loan")["refused_by"]}
    with bank.connect("engineer") as connection:
        versions = connection.execute("select distinct rules_version from serving.publications").fetchall()
    assert len(versions) == 2


def test_what_cannot_be_answered_says_what_to_do_about_it(home: Settings, bank: Database) -> None:
    unknown_product = recsys(home, "why", customer_id(SOMEBODY), "yacht")
    assert unknown_product.exit_code == 1
    assert "has no product yacht" in unknown_product.stderr
    known = ", ".join(sorted(item["product_id"] for item in PRODUCTS))
    assert f"Its products are {known}." in unknown_product.stderr
    nobody = recsys(home, "why", "nobody", "loan")
    with bank.connect("admin") as connection:
        connection.execute(
            "insert into ops.suppressions (customer_key, reason, serves) values (%s, 'objected', 'nothing')",
            [person_key(SOMEBODY)],
        )
    objected = recsys(home, "why", customer_id(SOMEBODY), "loan")
    assert (nobody.exit_code, nobody.stderr) == (objected.exit_code, objected.stderr)
    assert "Nothing is published for this customer." in nobody.stderr
    with bank.connect("admin") as connection:
        connection.execute("update serving.publications set valid_until = now() - interval '1 minute'")
    assert "was valid until" in recsys(home, "why", customer_id(SOMEBODY), "loan").stderr


def test_objection_that_a_rule_refuses_for_is_told_like_a_customer_who_does_not_exist(
    home: Settings, database: Database
) -> None:
    build_marts(database)
    with database.connect("officer") as connection:
        object_to_profiling(connection, person_key(SOMEBODY), "popular")
    silent = home.model_copy(update={"on_objection": "nothing"})
    publish(silent, database, "first")
    with database.connect("publisher") as connection:
        row = connection.execute("select max(publication_id) from serving.publications").fetchone()
    assert row is not None
    assert (person_key(SOMEBODY), "loan", "objection", False) in refused_pairs(database, row[0])
    objected, nobody = recsys(home, "why", customer_id(SOMEBODY), "loan"), recsys(home, "why", "nobody", "loan")
    assert (objected.exit_code, objected.output) == (nobody.exit_code, nobody.output) == (1, nobody.output)
    with database.connect("downstream") as connection:
        assert read_eliminations(connection, customer_id(SOMEBODY)) == []
    with database.connect("engineer") as connection:
        counts = connection.execute("select sum(n_refused) from ops.eliminations where rule = 'objection'").fetchone()
    assert counts is not None
    assert counts[0] >= len(PRODUCTS)


def test_before_anything_is_published_the_answer_is_to_run(home: Settings, database: Database) -> None:
    result = recsys(home, "why", customer_id(SOMEBODY), "loan")
    assert result.exit_code == 1
    assert "Nothing was published yet" in result.stderr
