"""What a customer says no to is gone at once, for its cooling-off time, for the whole person and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.api.served_bank import ServedBank
from tests.integration.marts_of_a_small_bank import customer_id, person_key

from recsys.io.consents import customer_key_of
from recsys.io.feedback import Kind, give_feedback, read_feedback
from recsys.io.serving import read_answer, read_refusals, read_standing
from recsys.settings import Settings

SOMEBODY, ANOTHER = 17, 25
BANKS_OWN_DAYS = 90


@pytest.fixture
def bank(home: Settings) -> ServedBank:
    return ServedBank(home)


def answer(bank: ServedBank, product_id: str, number: int = SOMEBODY, *, days_ago: int = 0, **said: Any) -> None:
    item = {
        "customer_id": customer_id(number),
        "product_id": product_id,
        "kind": "dismissed",
        "reason": "not_interested",
        "channel": "web",
        "occurred_at": (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(),
    }
    with bank.database.connect("api") as connection:
        (noted,) = give_feedback(
            connection,
            [{**item, **said}],
            role="customer",
            caller=customer_id(number),
            idempotency_key=f"{product_id} {days_ago} {said}",
            key=bytes(32),
        )
    assert noted.trouble is None


def products(bank: ServedBank, number: int = SOMEBODY) -> list[str]:
    return [product_id for _, product_id in bank.served(number)]


@pytest.mark.parametrize(("kind", "reason"), [("dismissed", "too_risky"), ("rejected", None)])
def test_refused_product_is_gone_at_once_and_the_others_keep_their_ranks(
    bank: ServedBank, kind: str, reason: str | None
) -> None:
    before, of_another = bank.served(SOMEBODY), bank.served(ANOTHER)
    _, first = before[0]
    answer(bank, first, kind=kind, reason=reason)
    assert bank.served(SOMEBODY) == before[1:]
    assert bank.served(ANOTHER) == of_another


@pytest.mark.parametrize("said", [{"kind": "clicked", "reason": None}, {"kind": "rated", "reason": None, "rating": 1}])
def test_what_is_no_refusal_leaves_the_list(bank: ServedBank, said: dict[str, Any]) -> None:
    before = bank.served(SOMEBODY)
    answer(bank, before[0][1], **said)
    assert bank.served(SOMEBODY) == before


@pytest.mark.parametrize(("days_ago", "is_gone"), [(BANKS_OWN_DAYS - 1, True), (BANKS_OWN_DAYS, False)])
def test_refusal_holds_for_the_banks_own_time(bank: ServedBank, days_ago: int, is_gone: bool) -> None:
    first = products(bank)[0]
    answer(bank, first, days_ago=days_ago)
    assert (first not in products(bank)) is is_gone


def test_refusal_holds_for_the_products_own_time_and_in_the_next_publication(bank: ServedBank) -> None:
    first = products(bank)[0]
    answer(bank, first, days_ago=BANKS_OWN_DAYS)
    bank.change("update marts.dim_products set cooling_off_days = 180 where product_id = %s", first)
    bank.publish()
    assert first not in products(bank)
    bank.change("update marts.dim_products set cooling_off_days = 0")
    bank.publish()
    assert first in products(bank)


def test_refusal_of_one_customer_counts_for_the_person(bank: ServedBank) -> None:
    first = products(bank)[0]
    bank.change(
        "update identity.customers set person_key = %s where customer_id = %s",
        person_key(SOMEBODY),
        customer_id(ANOTHER),
    )
    answer(bank, first, ANOTHER)
    assert first not in products(bank)


def test_why_says_that_the_customer_refused_it(bank: ServedBank) -> None:
    first = products(bank)[0]
    answer(bank, first)
    with bank.database.connect("api") as connection:
        refusals = read_refusals(connection, customer_id(SOMEBODY), "customer")
        told = read_answer(connection, customer_id(SOMEBODY), first, refusals, {})
    assert told.lines() == [
        "Not offered, since a rule refuses it:",
        "cooling_off: The customer refused it not long ago. Whoever refused it is not asked again for 90 days.",
    ]


def test_who_refused_everything_hears_that_nothing_is_left(bank: ServedBank) -> None:
    for product_id in products(bank):
        answer(bank, product_id)
    assert products(bank) == []
    with bank.database.connect("api") as connection:
        assert read_standing(connection, customer_id(SOMEBODY)) == "nothing_left"
    bank.suppress(SOMEBODY, "objected", "popular")
    with bank.database.connect("api") as connection:
        assert read_standing(connection, customer_id(SOMEBODY)) == "objected"


def test_systems_that_keep_a_copy_hear_that_the_list_changed(bank: ServedBank) -> None:
    answer(bank, products(bank)[0])
    with bank.database.connect("api") as connection:
        changes = dict(connection.execute("select * from serving.read_changes(1, '', 100)").fetchall())
    assert {one for one, change in changes.items() if change} == {customer_id(SOMEBODY)}


def test_own_answers_are_read_back_the_latest_first_and_the_look_is_written_down(bank: ServedBank) -> None:
    first, second = products(bank)[:2]
    answer(bank, first, days_ago=3)
    answer(bank, second, days_ago=2, kind="rated", reason=None, rating=4)
    answer(bank, second, ANOTHER)
    kinds: list[Kind] = ["dismissed", "rated"]
    with bank.database.connect("api") as connection:
        key = customer_key_of(connection, customer_id(SOMEBODY))
        found = read_feedback(connection, key, kinds, "customer")
        assert read_feedback(connection, key, ["shown"], "customer") == []
    assert [(one.product_id, one.kind, one.reason, one.rating) for one in found] == [
        (second, "rated", None, 4),
        (first, "dismissed", "not_interested", None),
    ]
    assert bank.rows("select count(*) from ops.audit_log where action = 'feedback_of' and subject = %s", key) == [(2,)]


def test_a_list_is_looked_up_in_few_pages_however_many_others_refused_its_products(bank: ServedBank) -> None:
    # Planned while nobody had refused anything, and PostgreSQL has not counted them since.
    with bank.database.connect("admin") as connection:
        connection.execute("set local plan_cache_mode = force_generic_plan")
        connection.execute("prepare looked_up as select * from serving.recommendations where customer_id = $1")
        connection.execute(f"execute looked_up ('{customer_id(SOMEBODY)}')".encode())
        connection.execute(
            """
            insert into ops.feedback (
                customer_key, product_id, kind, reason, channel, occurred_at, actor_role, request_hash, body_hash, item
            )
            select
                gen_random_uuid(), products.product_id, 'dismissed', 'not_now', 'app', now(), 'customer',
                gen_random_uuid(), gen_random_uuid(), 0
            from serving.products cross join generate_series(1, 2000)
            """
        )
        ((plan,),) = connection.execute(
            f"explain (analyze, buffers, format json) execute looked_up ('{customer_id(SOMEBODY)}')".encode()
        ).fetchall()
    assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 500
