"""Consents, objections and restrictions: from the command to what readers see, and to the next publication."""

from __future__ import annotations

import psycopg
import pytest

from recsys.errors import CheckError, NotFoundError
from recsys.io.postgres import Database
from recsys.io.publications import read_publication, roll_back
from recsys.settings import Settings
from recsys.steps.check_recommendations import check_recommendations
from recsys.steps.person_decisions import consents_of, decide_consent, decide_objection, decide_restriction
from recsys.steps.publish_recommendations import publish_recommendations

from .deciding_bank import SOMEBODY, join_persons, make_bank, person_of, profiled, publish, read, refusals, score
from .marts_of_a_small_bank import context_of, customer_id

ALIAS = 12


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    return make_bank(home, database)


def test_objection_empties_what_is_served_and_the_next_scoring_offers_what_is_popular(
    home: Settings, bank: Database
) -> None:
    before = read(bank)
    assert before
    assert refusals(bank)
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="branch")
    assert read(bank) == []
    assert refusals(bank) == []
    publish(home, bank, "second")
    assert read(bank)
    assert profiled(bank, 2) == {False}
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert read(bank) == [], "an earlier publication was made from a profile"


def test_a_bank_may_offer_nothing_to_whoever_objects(home: Settings, bank: Database) -> None:
    silent = home.model_copy(update={"on_objection": "nothing"})
    decide_objection(bank, silent, customer_id(SOMEBODY), is_lifted=False, channel="branch")
    publish(home, bank, "second")
    assert read(bank) == []
    assert profiled(bank, 2) == set()
    # What was not scored comes back with the next scoring.
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=True, channel="branch")
    assert read(bank) == []
    publish(home, bank, "third")
    assert profiled(bank, 3) == {True}


def test_consent_that_is_withdrawn_and_given_again_takes_the_profile_away_and_gives_it_back(
    home: Settings, bank: Database
) -> None:
    before = read(bank)
    person = customer_id(SOMEBODY)
    decide_consent(bank, home, person, "marketing_email", is_granted=False, channel="app")
    assert read(bank) == before
    withdrawn = decide_consent(bank, home, person, "profiling", is_granted=False, channel="app")
    assert (withdrawn["customers"], withdrawn["still"]) == (1, ["consent_withdrawn"])
    assert read(bank) == []
    given = decide_consent(bank, home, person, "profiling", is_granted=True, channel="app")
    assert given["still"] == []
    assert read(bank) == before
    history = consents_of(bank, person)["consents"]
    assert [(row["purpose"], row["is_granted"], row["channel"]) for row in history] == [
        ("marketing_email", False, "app"),
        ("profiling", False, "app"),
        ("profiling", True, "app"),
    ]


def test_consent_does_not_lift_an_objection(home: Settings, bank: Database) -> None:
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="branch")
    done = decide_consent(bank, home, customer_id(SOMEBODY), "profiling", is_granted=True, channel="branch")
    assert done["still"] == ["objected"]
    assert read(bank) == []


def test_restriction_hides_everything_until_it_is_lifted(home: Settings, bank: Database) -> None:
    before = read(bank)
    decide_restriction(bank, customer_id(SOMEBODY), is_lifted=False, channel="letter")
    assert read(bank) == []
    publish(home, bank, "second")
    assert read(bank) == []
    assert profiled(bank, 2) == set()
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert read(bank) == []
    decide_restriction(bank, customer_id(SOMEBODY), is_lifted=True, channel="letter")
    assert read(bank) == before


def test_a_decision_of_one_customer_counts_for_the_person_and_survives_a_split(home: Settings, bank: Database) -> None:
    join_persons(bank, ALIAS, SOMEBODY)
    publish(home, bank, "second")
    assert read(bank, ALIAS)
    done = decide_objection(bank, home, customer_id(ALIAS), is_lifted=False, channel="branch")
    assert done["customers"] == 2
    assert read(bank) == read(bank, ALIAS) == []
    join_persons(bank, ALIAS, ALIAS)
    assert read(bank) == read(bank, ALIAS) == []
    publish(home, bank, "third")
    assert profiled(bank, 3) == profiled(bank, 3, ALIAS) == {False}


def test_a_decision_counts_for_whom_a_later_merge_makes_the_same_person(home: Settings, bank: Database) -> None:
    decide_objection(bank, home, customer_id(ALIAS), is_lifted=False, channel="branch")
    assert read(bank)
    join_persons(bank, ALIAS, SOMEBODY)
    assert read(bank) == []
    publish(home, bank, "second")
    assert profiled(bank, 2) == {False}


@pytest.mark.parametrize("alters", ["updates", "writes them anew"])
def test_a_merge_after_the_scoring_shows_no_profile_to_whoever_had_objected_before(
    home: Settings, bank: Database, alters: str
) -> None:
    decide_objection(bank, home, customer_id(ALIAS), is_lifted=False, channel="branch")
    publish(home, bank, "second")
    assert profiled(bank, 2) == {True}
    assert read(bank, ALIAS), "popular products"
    with bank.connect("admin") as connection:
        if alters == "writes them anew":
            # A full feed brings all customers again; nothing is updated.
            connection.execute("alter table identity.customers disable trigger renew_refusals")
    join_persons(bank, SOMEBODY, ALIAS)
    assert read(bank) == []
    assert refusals(bank) == []
    publish(home, bank, "third")
    assert read(bank)
    assert read(bank, ALIAS)
    assert profiled(bank, 3, ALIAS) == {False}


def test_a_merge_between_scoring_and_publishing_shows_no_profile_to_whoever_had_objected(
    home: Settings, bank: Database
) -> None:
    decide_objection(bank, home, customer_id(ALIAS), is_lifted=False, channel="branch")
    score(home, bank, "second")
    join_persons(bank, ALIAS, SOMEBODY)
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, bank, "second", "publish_recommendations"))
    assert profiled(bank, 2) == {True}
    assert read(bank) == read(bank, ALIAS) == []


def test_a_split_leaves_popular_products_to_whom_they_were_scored_for(home: Settings, bank: Database) -> None:
    join_persons(bank, ALIAS, SOMEBODY)
    decide_objection(bank, home, customer_id(ALIAS), is_lifted=False, channel="branch")
    publish(home, bank, "second")
    before = read(bank)
    assert before
    join_persons(bank, ALIAS, ALIAS)
    assert read(bank) == before


def test_whoever_left_the_bank_and_is_still_served_may_object_and_take_it_back(home: Settings, bank: Database) -> None:
    before = read(bank)
    with bank.connect("admin") as connection:
        connection.execute("delete from identity.customers where customer_id = %s", [customer_id(SOMEBODY)])
    assert read(bank) == before != []
    done = decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="letter")
    assert (done["customers"], done["still"]) == (1, ["objected"])
    assert read(bank) == []
    assert decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=True, channel="letter")["customers"] == 1
    decide_consent(bank, home, customer_id(SOMEBODY), "profiling", is_granted=False, channel="letter")
    assert read(bank) == []
    assert [row["is_granted"] for row in consents_of(bank, customer_id(SOMEBODY))["consents"]] == [False]


def test_a_refusal_of_marketing_is_every_customers_of_the_person_and_an_allowance_one_customers(
    home: Settings, bank: Database
) -> None:
    join_persons(bank, ALIAS, SOMEBODY)
    decide_consent(bank, home, customer_id(ALIAS), "marketing", is_granted=False, channel="app")
    decide_consent(bank, home, customer_id(ALIAS), "marketing", is_granted=True, channel="app")
    join_persons(bank, ALIAS, ALIAS)
    told = {
        number: [row["is_granted"] for row in consents_of(bank, customer_id(number))["consents"]]
        for number in (SOMEBODY, ALIAS)
    }
    assert told == {SOMEBODY: [False], ALIAS: [False, True]}


def test_a_decision_that_is_cut_off_leaves_neither_a_request_nor_a_decision(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute("alter table ops.suppressions add constraint cut_off check (reason <> 'objected')")
    with pytest.raises(psycopg.errors.CheckViolation):
        decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="letter")
    with bank.connect("officer") as connection:
        assert connection.execute("select count(*) from ops.privacy_requests").fetchone() == (0,)
    assert read(bank)


def test_a_customer_who_left_the_feed_still_hides_the_person_of_the_publication(home: Settings, bank: Database) -> None:
    join_persons(bank, ALIAS, SOMEBODY)
    publish(home, bank, "second")
    with bank.connect("admin") as connection:
        connection.execute(
            "insert into ops.suppressions (customer_key, reason, serves) values (%s, 'objected', 'popular')",
            [person_of(bank, ALIAS)],
        )
        connection.execute("delete from identity.customers where customer_id = %s", [customer_id(ALIAS)])
    assert read(bank) == []


def test_an_objection_during_the_scoring_hides_what_the_scoring_made_of_the_profile(
    home: Settings, bank: Database
) -> None:
    score(home, bank, "second")
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="app")
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, bank, "second", "publish_recommendations"))
    assert profiled(bank, 2) == {True}
    assert read(bank) == []


def test_the_last_gate_counts_who_was_not_to_be_profiled_and_refuses_one_profiled_row(
    home: Settings, bank: Database
) -> None:
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="app")
    publication_id = score(home, bank, "second")
    planted = "update serving.recommendation_rows_p{} set reason_ids = '{{0}}' where person_key = '{}' and rank = 1"
    with bank.connect("publisher") as connection:
        connection.execute(planted.format(publication_id, person_of(bank, SOMEBODY)).encode())
    with pytest.raises(CheckError, match="breaks its own rules: profiled_without_consent 1"):
        check_recommendations(context_of(home, bank, "second", "check_recommendations"))
    score(home, bank, "second")
    result = check_recommendations(context_of(home, bank, "second", "check_recommendations"))
    with bank.connect("publisher") as connection:
        kept = read_publication(connection, "second")["counts"]["checks"]["profiling"]
    assert kept == result.details["profiling"]
    assert kept["persons_who_objected_or_withdrew"] == 1
    assert kept["profiled_without_consent"] == 0
    assert kept["got_popular_products"] + kept["got_nothing"] == kept["persons_not_to_profile"] == 7


def test_every_decision_is_a_request_that_is_done_and_an_entry_of_the_log(home: Settings, bank: Database) -> None:
    decide_objection(bank, home, customer_id(SOMEBODY), is_lifted=False, channel="letter")
    with bank.connect("officer") as connection:
        requests = connection.execute("select kind, state, channel from ops.privacy_requests").fetchall()
        entries = connection.execute(
            "select actor, subject from ops.audit_log where action = 'object_to_profiling'"
        ).fetchall()
    assert requests == [("object", "done", "letter")]
    assert entries == [("officer", person_of(bank, SOMEBODY))]


def test_an_unknown_customer_is_refused_and_nothing_is_written(home: Settings, bank: Database) -> None:
    with pytest.raises(NotFoundError, match="no customer with this id"):
        decide_objection(bank, home, "nobody", is_lifted=False, channel="letter")
    with pytest.raises(NotFoundError, match="no customer with this id"):
        decide_consent(bank, home, "nobody", "profiling", is_granted=True, channel="letter")
    with pytest.raises(NotFoundError, match="no customer with this id"):
        consents_of(bank, "nobody")
    with bank.connect("admin") as connection:
        assert connection.execute("select count(*) from ops.suppressions").fetchone() == (0,)
        assert connection.execute("select count(*) from ops.consents").fetchone() == (0,)
        requests = connection.execute("select kind, state, subject from ops.privacy_requests order by 1").fetchall()
        assert requests == [("consent", "refused", None), ("object", "refused", None)]


@pytest.mark.parametrize(
    ("role", "query"),
    [
        (
            "officer",
            "insert into ops.consents (customer_key, purpose, is_granted, channel) values (null, '', true, '')",
        ),
        ("officer", "update ops.consents set is_granted = true"),
        ("officer", "delete from ops.suppressions"),
        ("officer", "select ops.suppress_person(null, '', '', null)"),
        ("officer", "select ops.lift_suppression(null, '')"),
        ("ingest", "update ops.consents set is_granted = true"),
        ("transform", "delete from ops.consents"),
        ("publisher", "select ops.lift_objection(null, '')"),
        ("publisher", "select * from ops.suppressions"),
        ("downstream", "select * from ops.suppressed_persons()"),
        ("training", "select * from ops.consents"),
        ("engineer", "select * from ops.read_consents(null, '')"),
    ],
)
def test_role_is_refused_what_is_not_its_own(database: Database, role: str, query: str) -> None:
    with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(query.encode())
