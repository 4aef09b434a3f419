from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.api.running_api import RunningApi, run_api
from tests.api.served_bank import ServedBank
from tests.copied_home import copied_home
from tests.integration.marts_of_a_small_bank import PRODUCTS, customer_id, person_key

from recsys.settings import Settings

SOMEBODY, ALLOWING = 17, 27


@pytest.fixture(scope="module")
def bank(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBank]:
    with copied_home(server, tmp_path_factory.mktemp("bank") / "home") as home:
        yield ServedBank(home.model_copy(update={"k_anonymity": 0}))


@pytest.fixture(scope="module")
def api(bank: ServedBank) -> Iterator[RunningApi]:
    with run_api(bank.home) as running:
        yield running


def current(api: RunningApi) -> int:
    return int(api.as_system().get("/v1/publications/current").json()["publication_id"])


def all_changes(api: RunningApi, since: int, limit: int) -> dict[str, str]:
    """Every page of them, one after the other."""
    found: dict[str, str] = {}
    params: dict[str, Any] = {"since": since, "limit": limit}
    while True:
        page = api.as_system().get("/v1/changes", params=params).raise_for_status().json()
        assert len(page["changes"]) <= limit
        assert list(found) == sorted(found)
        found |= {one["customer_id"]: one["change"] for one in page["changes"]}
        if page["next_cursor"] is None:
            return found
        params["cursor"] = page["next_cursor"]


def test_catalogue_has_every_product_with_what_it_asks_for_and_the_day_it_went(
    api: RunningApi, bank: ServedBank
) -> None:
    customer = api.as_customer(customer_id(SOMEBODY))
    answer = customer.get("/v1/products")
    told = {one["product_id"]: one for one in answer.json()["products"]}
    assert set(told) == {item["product_id"] for item in PRODUCTS}
    assert "It asks for a yearly income of at least 20,000." in told["loan"]["limits"]
    assert (told["old"]["withdrawn_date"], told["old"]["is_on_sale"]) == ("2026-01-01", False)
    tag = {"If-None-Match": answer.headers["etag"]}
    assert customer.get("/v1/products", headers=tag).status_code == 304
    bank.change("update serving.products set withdrawn_at = current_date where product_id = 'loan'")
    try:
        changed = customer.get("/v1/products", headers=tag)
    finally:
        bank.change("update serving.products set withdrawn_at = null where product_id = 'loan'")
    assert changed.status_code == 200
    assert [one["product_id"] for one in changed.json()["products"] if not one["is_on_sale"]] == ["loan", "old"]


def test_current_publication_is_told_and_its_tag_goes_with_the_next(api: RunningApi, bank: ServedBank) -> None:
    admin = api.as_admin()
    first = admin.get("/v1/publications/current")
    tag = {"If-None-Match": first.headers["etag"]}
    assert first.json()["is_valid"]
    assert admin.get("/v1/publications/current", headers=tag).status_code == 304
    bank.publish()
    second = admin.get("/v1/publications/current", headers=tag)
    assert second.json()["publication_id"] == first.json()["publication_id"] + 1


@pytest.mark.parametrize("limit", [1, 7, 1_000])
def test_pages_of_any_length_add_up_to_everybody_whose_list_differs(
    api: RunningApi, bank: ServedBank, limit: int
) -> None:
    since = current(api)
    assert all_changes(api, since, limit) == {}
    served = {one for (one,) in bank.rows("select distinct customer_id from serving.recommendations")}
    assert all_changes(api, 0, limit) == dict.fromkeys(served, "appeared")


def test_objection_withdrawal_of_consent_and_withdrawn_product_are_changes_of_the_same_publication(
    api: RunningApi, bank: ServedBank
) -> None:
    since = current(api)
    bank.suppress(SOMEBODY, "objected")
    bank.change(
        "insert into ops.consents (customer_key, purpose, is_granted, channel) values (%s, %s, false, 'app')",
        person_key(ALLOWING),
        "third_party",
    )
    try:
        assert all_changes(api, since, 10) == {customer_id(SOMEBODY): "gone", customer_id(ALLOWING): "changed"}
    finally:
        bank.unsuppress(SOMEBODY)
        bank.change("delete from ops.consents")
    with_loan = {
        one for (one,) in bank.rows("select customer_id from serving.recommendations where product_id = 'loan'")
    }
    bank.change("update serving.products set withdrawn_at = current_date where product_id = 'loan'")
    try:
        assert set(all_changes(api, since, 10)) == with_loan
    finally:
        bank.change("update serving.products set withdrawn_at = null where product_id = 'loan'")


def test_next_publication_is_told_as_its_difference_to_the_one_that_is_asked_for(
    api: RunningApi, bank: ServedBank
) -> None:
    since = current(api)
    bank.change("delete from identity.customers where customer_id = %s", customer_id(3))
    bank.change(
        "update marts.dim_customers set has_profiling_consent = false, status = 'closed' where person_key = %s",
        person_key(5),
    )
    bank.publish()
    told = all_changes(api, since, 8)
    assert told[customer_id(3)] == "gone"
    assert told[customer_id(5)] == "gone"
    assert customer_id(SOMEBODY) not in told


def test_erased_customers_are_counted_since_nothing_is_left_to_name_them_by(api: RunningApi, bank: ServedBank) -> None:
    since = current(api)
    assert api.as_system().get("/v1/changes", params={"since": since}).json()["n_erased"] == 0
    bank.change("insert into ops.tombstones (tombstone_hash, erased_on) values (gen_random_uuid(), current_date)")
    assert api.as_system().get("/v1/changes", params={"since": since}).json()["n_erased"] == 1


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


def test_cursor_is_of_one_difference_and_one_publication(api: RunningApi, bank: ServedBank) -> None:
    system, since = api.as_system(), current(api)
    cursor = system.get("/v1/changes", params={"since": since, "limit": 5}).json()["next_cursor"]
    for wrong in ("nonsense", base64.urlsafe_b64encode(b"[1, 2]").decode(), "é"):
        assert kind(system.get("/v1/changes", params={"since": since, "cursor": wrong})) == (410, "no-such-page")
    assert kind(system.get("/v1/changes", params={"since": 0, "cursor": cursor})) == (410, "no-such-page")
    bank.publish()
    assert kind(system.get("/v1/changes", params={"since": since, "cursor": cursor})) == (409, "publication-changed")


def test_publication_that_is_not_kept_is_gone(api: RunningApi) -> None:
    assert kind(api.as_system().get("/v1/changes", params={"since": 10_000})) == (410, "publication-not-kept")


def test_before_the_first_publication_there_is_none_to_ask_about(
    server: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with copied_home(server, tmp_path_factory.mktemp("empty") / "home") as home, run_api(home) as api:
        system = api.as_system()
        assert kind(system.get("/v1/publications/current")) == (404, "nothing-published")
        assert kind(system.get("/v1/changes", params={"since": 0})) == (404, "nothing-published")
        assert system.get("/v1/products").json() == {"publication_id": None, "products": []}
        assert kind(system.get("/v1/customers/nobody/recommendations")) == (404, "not-found")
