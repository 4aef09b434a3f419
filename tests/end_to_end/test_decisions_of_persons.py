"""Consent withdrawn, objections, a rectification, a restriction: from the command to readers and to the next runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from tests.installation import Installation

pytestmark = pytest.mark.slow

# Enough persons and openings for a model that beats popularity for certain: where popularity serves everybody, nobody
# is profiled and nothing is proven. The gate asks for a lower bound above 0 of the gain in NDCG@5: with 1,200 customers
# it is +0.059 of +0.098, nearly five standard errors away; with 600 it was three, and a changed draw could tip it.
BANK = ("--customers", "1200", "--transactions-per-customer", "12")
LOW_INCOME = "1200.00"
# Rests on the consent `third_party`.
OF_PARTNER = "travel_insurance"
DBT_SCHEMAS = ("staging", "intermediate", "marts")


@dataclass
class Served:
    """What is served: per customer the products, best first, with score and whether a profile speaks; and refusals,
    private ones too.
    """

    offers: dict[str, dict[str, tuple[float, bool]]] = field(default_factory=lambda: defaultdict(dict))
    refused: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def is_profiled(self, customer_id: str) -> bool:
        return any(is_personalised for _, is_personalised in self.offers[customer_id].values())

    def without(self, customer_ids: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        return _less(self.offers, customer_ids), _less(self.refused, customer_ids)


@dataclass(frozen=True)
class Persons:
    """The customer ids of five served and profiled persons, of whom nothing is left to be seen; the objecting one has
    two. And of one who is offered what rests on a consent of its own.
    """

    withdrawn: str
    objecting: tuple[str, str]
    silent: str
    rectified: str
    restricted: str
    withdrawing_one: str

    @property
    def customer_ids(self) -> set[str]:
        return {self.withdrawn, *self.objecting, self.silent, self.rectified, self.restricted}


@dataclass
class Story:
    """What was found after each chapter."""

    bank: Installation
    persons: Persons
    keys: dict[str, set[str]]
    before: Served
    decided: Served
    next_run: Served
    rolled_back: Served
    lifted_at_once: Served
    lifted: Served
    incomes: list[float | None]
    places: dict[str, list[set[str]]]
    proofs: list[dict[str, int]]


@pytest.fixture(scope="module")
def story(server_folder: Path) -> Iterator[Story]:
    bank = Installation(server_folder / "deciding")
    bank.recsys("feed", "demo", *BANK, "--out", str(bank.feed))
    try:
        yield _told(bank)
    finally:
        bank.recsys("down")


def _told(bank: Installation) -> Story:
    bank.recsys("run", "--local")
    _check_champion(bank)
    before = _read(bank)
    keys = _keys(bank)
    persons = _choose(bank, before, keys)
    incomes = [_income(bank, persons.rectified)]
    places = {name: [_dbt_places(bank, keys[name])] for name in (persons.restricted, persons.withdrawn)}
    _decide(bank, persons)
    decided = _read(bank)
    # The feed still brings the wrong income.
    bank.recsys("run", "--local", "--train", "always")
    next_run = _read(bank)
    incomes.append(_income(bank, persons.rectified))
    for name, found in places.items():
        found.append(_dbt_places(bank, keys[name]))
    bank.recsys("rollback", "--to", "1")
    rolled_back = _read(bank)
    bank.recsys("rollback", "--to", "2")
    bank.recsys("privacy", "restrict", persons.restricted, "--lift")
    bank.recsys("privacy", "object", persons.objecting[0], "--withdraw-objection")
    bank.recsys("privacy", "object", persons.silent, "--withdraw-objection")
    bank.recsys("privacy", "consent", persons.withdrawn, "profiling", "--grant")
    bank.recsys("privacy", "consent", persons.withdrawing_one, "third_party", "--grant")
    lifted_at_once = _read(bank)
    bank.recsys("run", "--local", "--train", "never")
    for name, found in places.items():
        found.append(_dbt_places(bank, keys[name]))
    return Story(
        bank,
        persons,
        keys,
        before,
        decided,
        next_run,
        rolled_back,
        lifted_at_once,
        _read(bank),
        incomes,
        places,
        _proofs(bank),
    )


def _decide(bank: Installation, persons: Persons) -> None:
    bank.recsys("privacy", "consent", persons.withdrawn, "profiling", "--withdraw", "--channel", "app")
    bank.recsys("privacy", "object", persons.objecting[1], "--channel", "branch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECSYS_ON_OBJECTION", "nothing")
        bank.recsys("privacy", "object", persons.silent, "--channel", "letter")
    corrected = f"customers.annual_income={LOW_INCOME}"
    bank.recsys("privacy", "rectify", persons.rectified, "--set", corrected, "--why", "a payslip")
    bank.recsys("privacy", "restrict", persons.restricted, "--channel", "letter")
    bank.recsys("privacy", "consent", persons.withdrawing_one, "third_party", "--withdraw", "--channel", "app")


def test_what_was_made_of_them_is_gone_at_once_and_nobody_elses(story: Story) -> None:
    ids = story.persons.customer_ids
    assert all(story.before.is_profiled(customer_id) for customer_id in ids)
    assert ids & story.decided.offers.keys() == set()
    assert ids & story.decided.refused.keys() == set()
    others = ids | {story.persons.withdrawing_one}
    assert story.decided.without(others - ids) == story.before.without(others)
    assert len(story.decided.offers) == len(story.before.offers) - len(ids) > 0


def test_without_consent_and_after_an_objection_the_next_run_offers_what_is_popular_and_permitted(
    story: Story,
) -> None:
    served, persons = story.next_run, story.persons
    popular = _popularity(served, besides=persons.customer_ids)
    for customer_id in (persons.withdrawn, *persons.objecting):
        offers, refused = served.offers[customer_id], set().union(*served.refused[customer_id].values())
        assert offers
        assert not served.is_profiled(customer_id)
        assert {product: score for product, (score, _) in offers.items()}.items() <= popular.items()
        assert not refused & offers.keys()
        lowest = min(score for score, _ in offers.values())
        assert [product for product in popular.keys() - offers.keys() - refused if popular[product] > lowest] == []
    assert served.offers[persons.objecting[0]] == served.offers[persons.objecting[1]]


def test_what_rests_on_a_withdrawn_consent_is_gone_at_once_and_in_no_rollback_and_nothing_else_is(story: Story) -> None:
    person = story.persons.withdrawing_one
    before = dict(story.before.offers[person])
    assert before.pop(OF_PARTNER)
    assert story.decided.offers[person] == story.rolled_back.offers[person] == before
    assert OF_PARTNER in story.next_run.refused[person]["consent"]
    # Given again, it is not in the publication that was scored without it.
    assert OF_PARTNER not in story.lifted_at_once.offers[person]
    assert OF_PARTNER not in story.lifted.refused[person].get("consent", set())


def test_where_the_bank_offers_nothing_an_objecting_person_gets_nothing(story: Story) -> None:
    for served in (story.decided, story.next_run, story.rolled_back):
        assert story.persons.silent not in served.offers
        assert story.persons.silent not in served.refused


def test_the_restricted_person_is_in_nothing_that_dbt_builds_and_is_not_served(story: Story) -> None:
    before, restricted, lifted = story.places[story.persons.restricted]
    assert {"staging.stg_feed__customer_links", "marts.dim_customers", "marts.feat_customers"} <= before
    assert restricted == set()
    assert lifted == before
    # Whoever does not allow profiling stays a customer: the search finds what it looks for.
    assert "marts.dim_customers" in story.places[story.persons.withdrawn][1]
    assert story.persons.restricted not in story.next_run.offers | story.next_run.refused


def test_the_rectified_person_is_served_again_from_the_corrected_income(story: Story) -> None:
    person = story.persons.rectified
    wrong, corrected = story.incomes
    assert wrong is not None
    assert wrong > float(LOW_INCOME) == corrected
    limited = story.before.offers[person].keys() & _income_limits(story.bank, above=float(LOW_INCOME))
    assert limited
    assert limited <= story.next_run.refused[person]["income"]
    assert story.next_run.offers[person]
    assert not limited & story.next_run.offers[person].keys()
    assert story.next_run.is_profiled(person)


def test_the_run_proves_by_count_that_nobody_was_profiled_who_must_not_be(story: Story) -> None:
    first, second, third = story.proofs
    assert first["persons_not_to_profile"] > first["persons_who_objected_or_withdrew"] == 0
    refusing = {"withdrawn": 1, "objecting": 1, "silent": 1}
    changes = {
        "persons_not_to_profile": sum(refusing.values()),
        "persons_who_objected_or_withdrew": sum(refusing.values()),
        "persons_who_object": sum(refusing.values()),
        "object_and_are_refused_by_rule": refusing["silent"],
        "persons_to_show_nothing": 2,
        "persons_restricted": 1,
    }
    # Without the restricted person others become coarser to be k alike, and a rule may then let nothing through.
    splits = (
        ("got_popular_products", "got_nothing"),
        ("object_and_got_popular_products", "object_and_got_nothing"),
    )
    for split in splits:
        assert sum(second[name] for name in split) == sum(first[name] for name in split) + sum(refusing.values())
    counted = first.keys() - {name for split in splits for name in split}
    assert {name: second[name] for name in counted} == {name: first[name] + changes.get(name, 0) for name in counted}
    assert second["profiled_without_consent"] == 0
    assert second["objections_without_rule"] == second["profiled_rows_of_who_objects"] == 0
    assert second["shown_though_suppressed"] == second["shown_though_restricted"] == 0
    assert third == first


def test_a_rollback_to_what_was_made_before_hides_them_again(story: Story) -> None:
    assert story.rolled_back.without(set()) == story.decided.without(set())


def test_what_is_taken_back_comes_back_with_the_next_run(story: Story) -> None:
    persons, lifted = story.persons, story.lifted
    # Who was not scored, or scored without a profile, waits for the next scoring.
    assert {persons.restricted, persons.silent} & story.lifted_at_once.offers.keys() == set()
    assert story.lifted_at_once.offers[persons.withdrawn] == story.next_run.offers[persons.withdrawn]
    assert all(lifted.is_profiled(customer_id) for customer_id in persons.customer_ids)
    assert lifted.offers.keys() == story.before.offers.keys()
    assert lifted.refused[persons.rectified]["income"] == story.next_run.refused[persons.rectified]["income"]


def _check_champion(bank: Installation) -> None:
    (run, *_) = bank.json("runs")
    steps = {step["step"]: step["details"] for step in bank.json("runs", run["run_id"])}
    promoted = steps["promote_model"]
    assert promoted["kind"] != "popularity", f"nobody is profiled, so nothing can be proven: {promoted['reason']}"


def _choose(bank: Installation, before: Served, keys: dict[str, set[str]]) -> Persons:
    """Persons who are profiled; the one to be rectified is offered what only a higher income permits."""
    profiled = sorted(customer_id for customer_id in before.offers if before.is_profiled(customer_id))
    alone = [one for one in profiled if len(keys[one]) == 1]
    limited = _income_limits(bank, above=float(LOW_INCOME))
    rectified = next(one for one in alone if limited & before.offers[one].keys())
    withdrawn, silent, restricted = [one for one in alone if one != rectified][:3]
    first = next(one for one in profiled if len(keys[one]) == 2)
    second = next(one for one in profiled if one != first and keys[one] == keys[first])
    others = [one for one in alone if one not in (withdrawn, silent, restricted, rectified)]
    withdrawing_one = next(one for one in others if OF_PARTNER in before.offers[one])
    return Persons(withdrawn, (first, second), silent, rectified, restricted, withdrawing_one)


def _read(bank: Installation) -> Served:
    served = Served()
    with bank.database.connect("downstream") as connection:
        for customer_id, product, score, is_personalised in connection.execute(
            """
            select customer_id, product_id, score, is_personalised from serving.recommendations
            order by customer_id, rank
            """
        ):
            served.offers[customer_id][product] = (score, is_personalised)
    with bank.database.connect("admin") as connection:
        for customer_id, rule, product in connection.execute(
            "select customer_id, rule, product_id from serving.refusals"
        ):
            served.refused[customer_id][rule].add(product)
    served.offers.default_factory = None
    served.refused.default_factory = None
    return served


def _less(found: dict[str, Any], customer_ids: set[str]) -> dict[str, Any]:
    return {customer_id: value for customer_id, value in found.items() if customer_id not in customer_ids}


def _popularity(served: Served, *, besides: set[str]) -> dict[str, float]:
    """The score of every product that others got because it is popular.

    It is the same for all who may not be profiled.
    """
    scores: dict[str, Counter[float]] = defaultdict(Counter)
    for offers in _less(served.offers, besides).values():
        for product, (score, is_personalised) in offers.items():
            if not is_personalised:
                scores[product][score] += 1
    usual = {product: found.most_common(2) for product, found in scores.items()}
    return {
        product: first
        for product, [(first, n_first), *others] in usual.items()
        if n_first > 1 and all(n < n_first for _, n in others)
    }


def _keys(bank: Installation) -> dict[str, set[str]]:
    """Per customer id the pseudonyms of all customers who are the same person."""
    query = """
        select one.customer_id, array_agg(same.customer_key::text)
        from identity.customers as one
        inner join identity.customers as same on same.person_key = one.person_key
        group by one.customer_id
    """
    with bank.database.connect("admin") as connection:
        return {customer_id: set(keys) for customer_id, keys in connection.execute(query)}


def _income(bank: Installation, customer_id: str) -> float | None:
    query = """
        select annual_income from marts.dim_customers
        where person_key = (select person_key from identity.customers where customer_id = %s)
    """
    with bank.database.connect("admin") as connection:
        row = connection.execute(query, [customer_id]).fetchone()
    assert row is not None
    return None if row[0] is None else float(row[0])


def _income_limits(bank: Installation, *, above: float) -> set[str]:
    with bank.database.connect("admin") as connection:
        rows = connection.execute("select product_id from marts.dim_products where min_annual_income > %s", [above])
        return {row[0] for row in rows}


def _dbt_places(bank: Installation, keys: set[str]) -> set[str]:
    """What dbt builds and a pseudonym of the person stands in, in whatever column.

    Staging views rename what stands in `raw` and `ops` and keep no row; but for the links, by which persons are found.
    """
    found = set()
    with bank.database.connect("admin") as connection:
        names = connection.execute(
            """
            select table_schema, table_name from information_schema.tables
            where
                table_schema = any(%s)
                and (
                    table_type = 'BASE TABLE' or table_schema <> 'staging' or table_name = 'stg_feed__customer_links'
                )
            """,
            [list(DBT_SCHEMAS)],
        ).fetchall()
        for name in names:
            query = sql.SQL("select exists (select 1 from {} as rows where rows::text like any(%s))")
            row = connection.execute(query.format(sql.Identifier(*name)), [[f"%{key}%" for key in keys]]).fetchone()
            assert row is not None
            if row[0]:
                found.add(".".join(name))
    return found


def _proofs(bank: Installation) -> list[dict[str, int]]:
    """Of every run, oldest first, the proof that its steps tell; readers' publication holds the same."""
    told = []
    for run in reversed(bank.json("runs")):
        steps = {step["step"]: step["details"] for step in bank.json("runs", run["run_id"])}
        assert steps["score_customers"]["profiling"] == steps["check_recommendations"]["profiling"]
        told.append(steps["check_recommendations"]["profiling"])
    with bank.database.connect("engineer") as connection:
        rows = connection.execute(
            "select counts -> 'checks' -> 'profiling' from serving.publications order by publication_id"
        ).fetchall()
    assert [row[0] for row in rows] == told
    return told
