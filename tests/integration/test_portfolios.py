"""What an advisor sees of the own portfolio, and of nobody else's; what is seen is written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.api.served_bank import N_OF_ANNA, ServedBank
from tests.copied_home import copied_home
from tests.integration.marts_of_a_small_bank import customer_id, held_by, person, person_key

from recsys.io import portfolios
from recsys.io.feedback import give_feedback
from recsys.io.history import read_history
from recsys.io.portfolios import Conversation, ListedCustomer, Wanted
from recsys.io.score_quartiles import read_strengths
from recsys.io.told_suitability import read_told
from recsys.settings import Settings

EVERYBODY = Wanted()
QUESTION = "insert into ops.questions (customer_key, question, passed_on_at) values (%s, 'What does it cost?', now())"
OF_ANNA = [customer_id(number) for number in range(N_OF_ANNA)]


@pytest.fixture(scope="module")
def served(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBank]:
    """A bank that the tests of this module only read."""
    with copied_home(server, tmp_path_factory.mktemp("portfolios") / "home") as home:
        yield ServedBank(home)


@pytest.fixture
def bank(home: Settings) -> ServedBank:
    return ServedBank(home)


def portfolio(
    bank: ServedBank, wanted: Wanted = EVERYBODY, *, advisor_id: str = "anna", after: str = "", n: int = 100
) -> list[ListedCustomer]:
    with bank.database.connect("api") as connection:
        return portfolios.read_portfolio(
            connection, bank.database.secrets, advisor_id, wanted, after=after, n_customers=n, asked_by="Anna"
        )


def ids(rows: list[ListedCustomer]) -> list[str]:
    return [row.customer_id for row in rows]


def conversations(bank: ServedBank, advisor_id: str = "anna") -> list[Conversation]:
    with bank.database.connect("api") as connection:
        return portfolios.read_best_conversations(connection, bank.database.secrets, advisor_id, asked_by="Anna")


def answer(bank: ServedBank, number: int, product_id: str, kind: str = "rejected", role: str = "advisor") -> None:
    item = {
        "customer_id": customer_id(number),
        "product_id": product_id,
        "kind": kind,
        "reason": "not_now",
        "channel": "phone",
        "occurred_at": datetime.now(UTC).isoformat(),
    }
    with bank.database.connect("api") as connection:
        name = f"{number}-{product_id}-{kind}"
        (noted,) = give_feedback(connection, [item], role=role, caller="t", idempotency_key=name, key=bytes(32))
    assert noted.trouble is None


def test_advisor_sees_the_own_customers_and_nobody_elses(served: ServedBank) -> None:
    assert ids(portfolio(served)) == OF_ANNA
    assert not set(ids(portfolio(served, advisor_id="bert"))) & set(OF_ANNA)
    assert portfolio(served, advisor_id="nobody") == []


def test_pages_follow_one_another_without_a_gap(served: ServedBank) -> None:
    first = ids(portfolio(served, n=7))
    second = ids(portfolio(served, n=7, after=first[-1]))
    assert first + second == OF_ANNA[:14]


def test_customers_are_found_by_the_beginning_of_their_id(served: ServedBank) -> None:
    assert ids(portfolio(served, Wanted(beginning="C001"))) == OF_ANNA[10:]
    assert portfolio(served, Wanted(beginning="C003")) == []
    assert portfolio(served, Wanted(beginning="%")) == []


def test_row_tells_the_first_recommendation_and_bands_and_no_exact_value(served: ServedBank) -> None:
    (row,) = portfolio(served, Wanted(beginning=customer_id(17)))
    assert row.product_id == served.served(17)[0][1]
    assert row.n_listed == len(served.served(17))
    assert (row.segment, row.annual_income_from, row.annual_income_below) == (person(17)["segment"], 20_000, 40_000)


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        (Wanted(segment="retail"), lambda bank, number: person(number)["segment"] == "retail"),
        (Wanted(holding="savings"), lambda bank, number: "savings" in held_by(number)),
        (Wanted(recommended="loan"), lambda bank, number: "loan" in [row[1] for row in bank.served(number)]),
        (Wanted(category="fund"), lambda bank, number: "fund" in [row[1] for row in bank.served(number)]),
        (Wanted(has_list=True), lambda bank, number: bool(bank.served(number))),
        (Wanted(has_list=False), lambda bank, number: not bank.served(number)),
        (Wanted(answered=True), lambda bank, number: False),
        (Wanted(answered=False), lambda bank, number: True),
    ],
)
def test_filter_lets_through_whom_it_names(served: ServedBank, wanted: Wanted, is_wanted: Any) -> None:
    found = ids(portfolio(served, wanted))
    is_profiled = wanted.segment is None and wanted.holding is None
    expected = [number for number in range(N_OF_ANNA) if is_wanted(served, number) and (is_profiled or number % 7 > 0)]
    assert found == [customer_id(number) for number in expected]
    assert len(found) < N_OF_ANNA or wanted == Wanted(answered=False)


def test_age_is_filtered_by_its_band(served: ServedBank) -> None:
    rows = portfolio(served)
    young = [row.customer_id for row in rows if row.age_from == 50]
    assert young
    assert ids(portfolio(served, Wanted(age_from=50))) == young


def test_page_of_customers_is_one_entry_of_the_log_that_names_them_all(bank: ServedBank) -> None:
    portfolio(bank, n=3)
    conversations(bank)
    query = "select actor, subject, details from ops.audit_log where action = 'list_as_advisor' order by at"
    (actor, subject, details), (_, ten, _) = bank.rows(query)
    assert actor == "api"
    assert subject.split() == [person_key(number) for number in range(3)]
    assert details == {"asked_by": "Anna", "customers": 3}
    assert len(ten.split()) == len(conversations(bank)) <= 10


def test_customer_who_moves_to_another_advisor_is_that_advisors_from_that_day(bank: ServedBank) -> None:
    bert = bank.rows("select advisor_key from raw.customers where customer_key = %s", person_key(30))[0][0]
    moved = "insert into raw.customers (customer_key, advisor_key, valid_from) values (%s, %s, %s)"
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    bank.change(moved, person_key(1), bert, tomorrow)
    assert customer_id(1) in ids(portfolio(bank))
    bank.change(moved, person_key(1), bert, tomorrow - timedelta(days=5))
    assert customer_id(1) not in ids(portfolio(bank))
    assert customer_id(1) in ids(portfolio(bank, advisor_id="bert"))


def test_who_objected_is_listed_without_profile_and_list(bank: ServedBank) -> None:
    bank.suppress(17, "objected")
    (row,) = portfolio(bank, Wanted(beginning=customer_id(17)))
    assert (row.segment, row.product_id, row.n_listed) == (None, None, 0)


def test_last_answer_is_shown_and_filtered_by(bank: ServedBank) -> None:
    answer(bank, 17, "fund")
    (row,) = portfolio(bank, Wanted(answered=True))
    assert (row.customer_id, row.answer, row.answered_product_id) == (customer_id(17), "rejected", "fund")
    assert customer_id(17) not in ids(portfolio(bank, Wanted(answered=False)))


def test_best_conversations_are_of_the_own_portfolio_and_at_most_ten(served: ServedBank) -> None:
    found = conversations(served)
    assert 0 < len(found) <= 10
    assert {one.customer_id for one in found} <= set(OF_ANNA)
    assert [one.points for one in found] == sorted((one.points for one in found), reverse=True)
    for one in found:
        assert (one.rank, one.product_id) in served.served(int(one.customer_id[1:]))


def test_question_that_waits_comes_first(bank: ServedBank) -> None:
    last = conversations(bank)[-1]
    bank.change(QUESTION, person_key(int(last.customer_id[1:])))
    first = conversations(bank)[0]
    assert (first.customer_id, first.n_questions) == (last.customer_id, 1)
    bank.change("update ops.questions set answered_at = now(), answered_by_role = 'advisor', answer = 'Nothing.'")
    assert {one.n_questions for one in conversations(bank)} == {0}


def test_whoever_objected_or_was_just_talked_to_is_left_alone(bank: ServedBank) -> None:
    first, second, *_ = conversations(bank)
    bank.suppress(int(first.customer_id[1:]), "objected")
    answer(bank, int(second.customer_id[1:]), "card", kind="rejected")
    assert not {first.customer_id, second.customer_id} & {one.customer_id for one in conversations(bank)}


def test_whoever_wants_no_calls_is_called_only_to_answer_a_question(bank: ServedBank) -> None:
    first = conversations(bank)[0]
    key = person_key(int(first.customer_id[1:]))
    refusing = "insert into ops.consents (customer_key, purpose, is_granted, channel) values (%s, %s, false, 'app')"
    bank.change(refusing, key, "marketing")
    assert first.customer_id not in {one.customer_id for one in conversations(bank)}
    bank.change(QUESTION, key)
    assert conversations(bank)[0].customer_id == first.customer_id


def test_product_that_was_refused_is_not_what_to_talk_about(bank: ServedBank) -> None:
    first = conversations(bank)[0]
    answer(bank, int(first.customer_id[1:]), first.product_id, role="customer")
    same = [one for one in conversations(bank) if one.customer_id == first.customer_id]
    assert all(one.product_id != first.product_id for one in same)


def test_product_that_was_not_on_the_list_before_is_marked_as_new(bank: ServedBank) -> None:
    assert not any(one.is_new for one in conversations(bank))
    first = conversations(bank)[0]
    bank.publish()
    assert not any(one.is_new for one in conversations(bank))
    bank.change(
        "update serving.recommendation_rows set product_id = 'gone' where publication_id = 1 and person_key = %s",
        person_key(int(first.customer_id[1:])),
    )
    (one,) = [one for one in conversations(bank) if one.is_new]
    assert one.customer_id == first.customer_id
    assert one.points == first.points + 2


def test_answers_about_risk_that_run_out_soon_are_a_reason_to_talk(bank: ServedBank) -> None:
    first = conversations(bank)[-1]
    (place,) = bank.rows("select position from serving.decision_fields where name = 'answered_date'")
    facts = bank.rows(
        "select facts from serving.decision_facts where person_key = %s", person_key(int(first.customer_id[1:]))
    )[0][0]
    ends = datetime.now(UTC).date() + timedelta(days=10)
    facts[place[0]] = (ends - timedelta(days=730)).isoformat()
    bank.change(
        "update serving.decision_facts set facts = %s where person_key = %s",
        json.dumps(facts),
        person_key(int(first.customer_id[1:])),
    )
    (one,) = [one for one in conversations(bank) if one.answers_end_on]
    assert (one.customer_id, one.answers_end_on, one.points) == (first.customer_id, ends, first.points + 1)


def test_word_is_that_of_the_score_among_those_of_its_product(bank: ServedBank) -> None:
    (_, first), (_, second), *_ = bank.served(17)
    bank.change("update serving.score_quartiles set n_rows = 20, quartiles = array[-9, -8, 9]::real[]")
    bank.change("delete from serving.score_quartiles where product_id = %s", second)
    with bank.database.connect("api") as connection:
        words = read_strengths(connection, customer_id(17))
    assert words[first] == "good"
    assert second not in words


def test_few_scores_or_equal_ones_have_no_word(served: ServedBank) -> None:
    rows = served.rows(
        """
        select
            serving.strength_of(3::real, 19, '{1, 2, 3}'), serving.strength_of(3::real, 20, '{1, 2, 3}'),
            serving.strength_of(2::real, 20, '{1, 2, 3}'), serving.strength_of(1::real, 20, '{1, 2, 3}'),
            serving.strength_of(3::real, 20, '{3, 3, 3}')
        """
    )
    assert rows == [(None, "strong", "good", "fair", None)]


def test_scoring_keeps_the_quartiles_of_every_product_that_it_recommends(served: ServedBank) -> None:
    recommended = served.rows("select product_id, count(*) from serving.recommendation_rows group by 1 order by 1")
    kept = served.rows("select product_id, n_rows from serving.score_quartiles order by 1")
    assert kept == recommended


def test_suitability_facts_are_what_the_rules_knew(served: ServedBank) -> None:
    with served.database.connect("api") as connection:
        told, nobody = read_told(connection, customer_id(17)), read_told(connection, "nobody")
    known = person(17)
    assert nobody is None
    assert told is not None
    assert (told.risk_tolerance, told.horizon_years, told.answered_date) == (
        known["risk_tolerance"],
        known["horizon_years"],
        known["answered_date"],
    )


def test_history_tells_lists_and_answers_the_latest_first(bank: ServedBank) -> None:
    before = [product_id for _, product_id in bank.served(17)]
    answer(bank, 17, before[0])
    bank.publish()
    with bank.database.connect("api") as connection:
        events = read_history(connection, customer_id(17), 10)
    assert [(one.kind, one.product_ids) for one in events] == [
        ("listed", before),
        ("rejected", before[:1]),
        ("listed", before),
    ]
    bank.suppress(17, "restricted")
    with bank.database.connect("api") as connection:
        assert read_history(connection, customer_id(17), 10) == []
