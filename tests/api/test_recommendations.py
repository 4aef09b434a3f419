from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from tests.api.running_api import RunningApi, run_api
from tests.api.served_bank import ServedBank
from tests.copied_home import copied_home
from tests.integration.marts_of_a_small_bank import AS_OF, customer_id, person_key

from recsys.settings import Settings

# 17 is anna's and allowed a profile, 14 did not; 27 is not anna's and allowed offers of partners.
SOMEBODY, UNPROFILED, ALLOWING = 17, 14, 27


@pytest.fixture(scope="module")
def bank(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBank]:
    with copied_home(server, tmp_path_factory.mktemp("bank") / "home") as home:
        yield ServedBank(home.model_copy(update={"k_anonymity": 0}))


@pytest.fixture(scope="module")
def api(bank: ServedBank) -> Iterator[RunningApi]:
    with run_api(bank.home) as running:
        yield running


def path(number: int = SOMEBODY) -> str:
    return f"/v1/customers/{customer_id(number)}/recommendations"


def test_list_is_the_one_that_systems_downstream_read(api: RunningApi, bank: ServedBank) -> None:
    answer = api.as_system().get(path())
    assert answer.status_code == 200
    told = answer.json()
    assert [(item["rank"], item["product_id"]) for item in told["items"]] == bank.served(SOMEBODY)
    assert (told["status"], told["publication_id"], told["as_of"]) == ("served", 1, AS_OF.isoformat())
    assert told["valid_until"] > told["published_at"]
    assert all(item["reasons"] and item["why"].endswith(".") for item in told["items"])


def test_list_is_filtered_by_category_and_without_what_is_excluded_and_keeps_its_ranks(api: RunningApi) -> None:
    system = api.as_system()
    whole = system.get(path()).json()["items"]
    first, second = whole[0], whole[1]
    assert [item["rank"] for item in system.get(path(), params={"limit": 1}).json()["items"]] == [1]
    without = system.get(path(), params={"exclude": [first["product_id"], "yacht"], "limit": 1}).json()["items"]
    assert without == [second]
    of_category = system.get(path(), params={"category": second["category"]}).json()["items"]
    assert of_category == [item for item in whole if item["category"] == second["category"]] != []
    nothing = system.get(path(), params={"category": "yachts"}).json()
    assert (nothing["status"], nothing["items"]) == ("served", [])


def test_popular_products_of_who_is_not_profiled_are_marked(api: RunningApi) -> None:
    system = api.as_system()
    assert {item["personalised"] for item in system.get(path(UNPROFILED)).json()["items"]} == {False}
    assert {item["personalised"] for item in system.get(path()).json()["items"]} == {True}


@pytest.mark.parametrize("reason", ["objected", "consent_withdrawn", "restricted"])
def test_hidden_customer_hears_why_and_nobody_else_does(api: RunningApi, bank: ServedBank, reason: str) -> None:
    unknown = api.as_system().get("/v1/customers/nobody/recommendations")
    bank.suppress(SOMEBODY, reason)
    try:
        own = api.as_customer(customer_id(SOMEBODY)).get(path())
        advisor = api.as_advisor("anna").get(path())
        system = api.as_system().get(path())
    finally:
        bank.unsuppress(SOMEBODY)
    assert (own.status_code, own.json()["status"], own.json()["items"]) == (200, reason, [])
    assert (advisor.status_code, advisor.json()["status"]) == (200, "nothing_to_show")
    assert (system.status_code, system.json()) == (unknown.status_code, unknown.json())
    assert unknown.status_code == 404


def test_customer_without_a_publication_hears_so_and_who_is_not_known_gets_404(
    api: RunningApi, bank: ServedBank
) -> None:
    bank.change("update serving.publications set valid_until = now()")
    try:
        told = api.as_customer(customer_id(SOMEBODY)).get(path()).json()
        unknown = api.as_customer("nobody").get("/v1/customers/nobody/recommendations")
    finally:
        bank.change("update serving.publications set valid_until = now() + interval '1 day'")
    assert told["status"] == "nothing_published"
    assert unknown.status_code == 404


def test_erased_customer_is_told_like_one_who_never_was(api: RunningApi, bank: ServedBank) -> None:
    bank.suppress(SOMEBODY, "erased")
    try:
        own = api.as_customer(customer_id(SOMEBODY)).get(path())
    finally:
        bank.unsuppress(SOMEBODY)
    unknown = api.as_customer("nobody").get("/v1/customers/nobody/recommendations")
    assert (own.status_code, own.json()) == (unknown.status_code, unknown.json())


def test_every_look_of_an_advisor_is_written_down_and_a_refused_one_shows_nothing(
    api: RunningApi, bank: ServedBank
) -> None:
    looks = "select details from ops.audit_log where action = 'read_as_advisor' and subject = %s"
    before = bank.rows(looks, person_key(SOMEBODY))
    answers = [api.as_advisor(name).get(path()).status_code for name in ("anna", "bert", "nobody")]
    assert answers == [200, 404, 404]
    after = bank.rows(looks, person_key(SOMEBODY))
    assert after[len(before) :] == [
        ({"asked_by": "anna", "reading": "GET /v1/customers/{customer_id}/recommendations"},)
    ]


def etag(answer: httpx.Response) -> dict[str, str]:
    return {"If-None-Match": answer.headers["etag"]}


def test_entity_tag_stands_until_anything_in_the_answer_changes(api: RunningApi, bank: ServedBank) -> None:
    system = api.as_system()
    first = system.get(path())
    assert first.headers["cache-control"] == "private, no-cache"
    again = system.get(path(), headers=etag(first))
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    bank.change(
        "update serving.products set withdrawn_at = current_date where product_id = %s", bank.served(SOMEBODY)[0][1]
    )
    try:
        withdrawn = system.get(path(), headers=etag(first))
    finally:
        bank.change("update serving.products set withdrawn_at = null where product_id <> 'old'")
    assert withdrawn.status_code == 200
    assert len(withdrawn.json()["items"]) == len(first.json()["items"]) - 1
    bank.suppress(SOMEBODY, "objected")
    try:
        assert system.get(path(), headers=etag(first)).status_code == 404
    finally:
        bank.unsuppress(SOMEBODY)
    assert system.get(path(), headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'}).status_code == 304


def why(number: int, product_id: str) -> str:
    return f"/v1/customers/{customer_id(number)}/why/{product_id}"


def test_why_tells_the_place_or_the_rules_as_the_command_does(api: RunningApi, bank: ServedBank) -> None:
    own = api.as_customer(customer_id(SOMEBODY))
    rank, product_id = bank.served(SOMEBODY)[0]
    offered = own.get(why(SOMEBODY, product_id)).json()
    assert (offered["outcome"], offered["rank"]) == ("offered", rank)
    assert offered["lines"][0].startswith("Permitted, and ranked 1 of")
    refused = own.get(why(SOMEBODY, "old")).json()
    assert refused["outcome"] == "refused"
    assert "on_sale" in {one["rule"] for one in refused["refused_by"]}
    assert own.get(why(SOMEBODY, "yacht")).json()["type"].endswith("no-such-product")


def test_private_refusal_is_told_to_the_customer_and_the_advisor_and_to_no_system(
    api: RunningApi, bank: ServedBank
) -> None:
    behind = 13
    own = api.as_customer(customer_id(behind)).get(why(behind, "loan")).json()
    advisor = api.as_advisor("anna").get(why(behind, "loan")).json()
    system = api.as_system().get(why(behind, "loan")).json()
    assert "arrears" in {one["rule"] for one in own["refused_by"]}
    assert advisor["refused_by"] == own["refused_by"]
    assert "arrears" not in {one["rule"] for one in system["refused_by"]}
    looks = bank.rows(
        "select details ->> 'asked_by' from ops.audit_log where action = 'read_refusals' order by audit_id"
    )
    assert [name for (name,) in looks][-2:] == ["customer", "anna"], "no id of a customer is in the log"


def test_system_cannot_tell_a_private_refusal_from_a_place_below_the_list(api: RunningApi, bank: ServedBank) -> None:
    # Nothing but a consent keeps `cover` from the one; the other allowed it, and is offered it.
    refusing, allowing = 28, ALLOWING
    system = api.as_system()
    assert system.get(why(allowing, "cover")).json()["outcome"] == "offered"
    assert system.get(why(refusing, "cover")).json()["outcome"] == "not offered"
    assert api.as_customer(customer_id(refusing)).get(why(refusing, "cover")).json()["outcome"] == "refused"
    bank.change("delete from serving.recommendation_rows_p1 where product_id = 'cover'")
    below = system.get(why(allowing, "cover")).json()
    assert (below["outcome"], below["refused_by"]) == ("not offered", [])
    assert api.as_customer(customer_id(allowing)).get(why(allowing, "cover")).json()["outcome"] == "below the list"


def test_why_of_a_hidden_customer_says_so_to_the_customer_alone(api: RunningApi, bank: ServedBank) -> None:
    bank.suppress(SOMEBODY, "objected")
    try:
        kinds = [
            client.get(why(SOMEBODY, "loan")).json()["type"].rpartition("/")[2]
            for client in (api.as_customer(customer_id(SOMEBODY)), api.as_advisor("anna"), api.as_system())
        ]
    finally:
        bank.unsuppress(SOMEBODY)
    assert kinds == ["objected", "nothing-to-show", "not-found"]
