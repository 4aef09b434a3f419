"""The customer's own pages, without a browser's scripts: what they say, and what their forms do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.api.running_api import run_api
from tests.copied_home import copied_home
from tests.installation import Installation
from tests.pages.running_pages import RunningPages, SignedIn, people_of

from recsys.api.pages.customer.own_copy import OwnCopy
from recsys.io.postgres import open_database

SCHEMA = Path(__file__).parents[2] / "docs" / "own-data.schema.json"


@pytest.fixture
def own(demo: Installation, tmp_path: Path) -> Iterator[RunningPages]:
    """A bank of the test's own."""
    with copied_home(demo.settings, tmp_path / "home") as home, run_api(home) as running:
        yield RunningPages(running.settings, people_of(demo.database, demo.feed))


@pytest.fixture
def somebody(own: RunningPages) -> SignedIn:
    return own.signed_in_as(own.people.customer)


def served(pages: RunningPages) -> list[tuple[Any, ...]]:
    with open_database(pages.settings).connect("downstream") as connection:
        return connection.execute(
            """
            select product_id, product_name, reasons from serving.recommendations where customer_id = %s order by rank
            """,
            [pages.people.customer.name],
        ).fetchall()


def noted(pages: RunningPages) -> list[tuple[Any, ...]]:
    """What was written down of the customer, in the order in which it was."""
    with open_database(pages.settings).connect("admin") as connection:
        return connection.execute(
            """
            select kind, product_id, rating, reason, channel, actor_role
            from ops.feedback
            inner join identity.customers using (customer_key)
            where customer_id = %s
            order by feedback_id
            """,
            [pages.people.customer.name],
        ).fetchall()


def text_of(page: str) -> str:
    """As somebody reads it."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def test_list_has_every_product_with_its_reasons_in_order(own: RunningPages, somebody: SignedIn) -> None:
    page = text_of(somebody.get("/me").text)
    places = [page.index(name) for _, name, _ in served(own)]
    assert places == sorted(places)
    assert all(reason in page for _, _, reasons in served(own) for reason in reasons)


def test_that_a_list_was_shown_is_noted_once_in_a_visit(own: RunningPages, somebody: SignedIn) -> None:
    shown = [("shown", product_id, None, None, "web", "customer") for product_id, *_ in served(own)]
    assert somebody.get("/me").status_code == 200
    assert somebody.get("/me").status_code == 200
    assert noted(own) == shown
    assert own.signed_in_as(own.people.customer).get("/me").status_code == 200
    assert noted(own) == [*shown, *shown]


def test_rating_is_noted_once_and_shown_from_then_on(own: RunningPages, somebody: SignedIn) -> None:
    first = served(own)[0][0]
    key = key_in(somebody.get("/me").text)
    for _ in range(2):
        answer = somebody.send(f"/me/products/{first}/rating", rating="4", key=key)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=rated")
    assert [row for row in noted(own) if row[0] == "rated"] == [("rated", first, 4, None, "web", "customer")]
    assert "Your rating: 4" in somebody.get("/me").text


def test_product_that_does_not_interest_is_gone_at_once(own: RunningPages, somebody: SignedIn) -> None:
    (first, name, _), *others = served(own)
    key = key_in(somebody.get("/me").text)
    answer = somebody.send(f"/me/products/{first}/dismissal", reason="too_expensive", key=key)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=dismissed")
    page = text_of(somebody.get("/me?done=dismissed").text)
    assert "It is off your list" in page
    assert page.index(others[-1][1]) < page.index("What you said no to") < page.rindex(name)
    assert [row[0] for row in served(own)] == [product_id for product_id, *_ in others]
    assert "You said that you do not want it" in text_of(somebody.get(f"/me/why/{first}").text)


def test_who_wants_more_is_told_more_and_that_is_noted(own: RunningPages, somebody: SignedIn) -> None:
    first = served(own)[0][0]
    answer = somebody.send(f"/me/products/{first}/interest", key=key_in(somebody.get("/me").text))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/me/why/{first}?done=interest")
    assert noted(own)[-1][:2] == ("clicked", first)
    page = text_of(somebody.get(answer.headers["location"]).text)
    assert all(
        said in page
        for said in ("It is noted that you want to know more", "It is on your list, at place 1 of", "Kind", "Costs")
    )


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("rating", {"rating": "6", "key": "k"}),
        ("rating", {"rating": "4"}),
        ("rating", {"rating": "4", "key": "k" * 41}),
        ("dismissal", {"reason": "because", "key": "k"}),
        ("interest", {}),
    ],
)
def test_answer_that_lacks_something_is_refused_and_not_written(
    own: RunningPages, somebody: SignedIn, form: str, fields: dict[str, str]
) -> None:
    assert somebody.send(f"/me/products/{served(own)[0][0]}/{form}", **fields).status_code == 400
    assert noted(own) == []


def test_answer_about_a_product_that_the_bank_does_not_have_is_refused(own: RunningPages, somebody: SignedIn) -> None:
    assert somebody.send("/me/products/moon/rating", rating="4", key="k").status_code == 400
    assert somebody.get("/me/why/moon").status_code == 404
    assert noted(own) == []


def test_every_product_has_its_why_or_why_not_in_the_second_person(own: RunningPages, somebody: SignedIn) -> None:
    page = somebody.get(f"/me/why/{served(own)[0][0]}").text
    others = re.findall(r'href="(/me/why/[^"]+)"', page)
    assert len(others) > 15
    for address in others:
        said = text_of(somebody.get(address).text)
        assert "list" in said or "not sold any more" in said
        assert "customer's" not in said


@pytest.mark.parametrize(
    ("path", "turn_to", "told"),
    [
        ("/me/privacy/consents/profiling", "false", "You do not allow personal recommendations"),
        ("/me/privacy/objection", "true", "You objected to personal recommendations"),
    ],
)
def test_withdrawal_and_objection_change_the_list_at_once_and_can_be_turned_back(
    own: RunningPages, somebody: SignedIn, path: str, turn_to: str, told: str
) -> None:
    before = served(own)
    assert told not in somebody.get("/me").text
    assert somebody.send(path, turn_to=turn_to).status_code == 303
    assert served(own) == []
    page = text_of(somebody.get("/me").text)
    assert told in page
    assert before[0][2][0] not in page
    assert f"{told}." in text_of(somebody.get(f"/me/why/{before[0][0]}").text)
    assert somebody.send(path, turn_to="true" if turn_to == "false" else "false").status_code == 303
    assert served(own) == before


def test_switches_say_how_they_stand(somebody: SignedIn) -> None:
    def is_on(name: str) -> bool:
        found = re.search(rf'id="{name}" role="switch" aria-checked="(true|false)"', somebody.get("/me/privacy").text)
        assert found
        return found[1] == "true"

    for name, path in (
        ("consent-third_party", "/me/privacy/consents/third_party"),
        ("objection", "/me/privacy/objection"),
    ):
        for turn_to in ("true", "false", "true"):
            somebody.send(path, turn_to=turn_to)
            assert is_on(name) is (turn_to == "true")


@pytest.mark.parametrize("path", ["/me/privacy/objection", "/me/privacy/consents/profiling"])
def test_switch_that_does_not_say_where_to_turns_nothing(own: RunningPages, somebody: SignedIn, path: str) -> None:
    before = served(own)
    assert somebody.send(path).status_code == 400
    assert somebody.send(path, turn_to="maybe").status_code == 400
    assert served(own) == before


def test_restriction_is_told_on_list_and_privacy_page(own: RunningPages, somebody: SignedIn) -> None:
    with open_database(own.settings).connect("admin") as connection:
        connection.execute(
            """
            insert into ops.suppressions (customer_key, reason, serves)
            select customer_key, 'restricted', 'nothing' from identity.customers where customer_id = %s
            """,
            [own.people.customer.name],
        )
    assert "The use of your data is restricted" in somebody.get("/me").text
    assert "The use of your data is restricted since" in somebody.get("/me/privacy").text


def test_of_who_was_erased_nothing_is_known(own: RunningPages, somebody: SignedIn) -> None:
    with open_database(own.settings).connect("admin") as connection:
        connection.execute(
            "delete from identity.published_customers where customer_id = %s", [own.people.customer.name]
        )
        connection.execute("delete from identity.customers where customer_id = %s", [own.people.customer.name])
    for path in ("/me", "/me/privacy", "/me/questions", "/me/privacy/my-data.json"):
        assert somebody.get(path).status_code == 404


def test_own_data_comes_as_the_file_that_its_schema_describes(own: RunningPages, somebody: SignedIn) -> None:
    first = served(own)[0][0]
    somebody.send(f"/me/products/{first}/rating", rating="5", key="k")
    somebody.send("/me/questions", text="What does it cost?", product=first)
    somebody.send("/me/privacy/consents/marketing_sms", turn_to="true")
    somebody.send("/me/privacy/requests", kind="access")
    answer = somebody.get("/me/privacy/my-data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    copy = OwnCopy.model_validate_json(answer.text, strict=True)
    assert copy.customer_id == own.people.customer.name
    assert [item.product_id for item in copy.recommendations.items] == [product_id for product_id, *_ in served(own)]
    assert copy.profile is not None
    assert (copy.answers[0].kind, copy.answers[0].rating) == ("rated", 5)
    assert (copy.questions[0].product_id, copy.questions[0].state, copy.questions[0].question) == (
        first,
        "waiting",
        None,
    )
    assert (copy.consents[-1].purpose, copy.consents[-1].is_granted) == ("marketing_sms", True)
    assert [one.kind for one in copy.requests] == ["access"]
    others = own.signed_in_as(own.people.other_customer).get("/me/privacy/my-data.json").text
    assert own.people.customer.name not in others


def test_schema_of_own_data_is_documented() -> None:
    assert json.loads(SCHEMA.read_text()) == OwnCopy.model_json_schema(mode="serialization"), (
        "write it anew: python -m scripts.write_own_data_schema"
    )


def test_request_shows_its_number_state_and_last_day(own: RunningPages, somebody: SignedIn) -> None:
    for _ in range(2):
        assert somebody.send("/me/privacy/requests", kind="export").status_code == 303
    page = text_of(somebody.get("/me/privacy?done=requested").text)
    assert "Your request was taken in." in page
    assert page.count("My data to take along taken in") == 1
    assert somebody.send("/me/privacy/requests", kind="erase").status_code == 400


def test_question_stands_beside_what_is_known_and_waits(own: RunningPages, somebody: SignedIn) -> None:
    first, name, _ = served(own)[0]
    assert f'value="{first}" selected' in somebody.get(f"/me/questions?product={first}").text
    assert somebody.send("/me/questions", text="What does it cost?", product=first).status_code == 303
    page = text_of(somebody.get("/me/questions?done=asked").text)
    assert f"About {name}" in page
    assert "Your words are sealed. They are passed on with the next run" in page
    assert "It is on your list, at place 1 of" in page
    assert "What does it cost?" not in page


@pytest.mark.parametrize(
    "fields", [{"text": "  "}, {"text": "x" * 2001}, {"text": "What is it?", "product": "moon"}, {}]
)
def test_what_is_no_question_comes_back_in_its_form(somebody: SignedIn, fields: dict[str, str]) -> None:
    answer = somebody.send("/me/questions", **fields)
    assert answer.status_code == 422
    assert "Please write a question" in answer.text
    assert "You have not asked anything yet." in answer.text


def test_part_of_a_page_comes_alone_for_htmx(own: RunningPages, somebody: SignedIn) -> None:
    (first, *_), *_ = served(own)
    part = somebody.client.post(
        f"/me/products/{first}/rating", data={"rating": "2", "key": "k"},
        headers={"HX-Request": "true", "X-CSRF-Token": somebody.csrf},
    )  # fmt: skip
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'id="own-list"' in part.text


@pytest.mark.parametrize("path", ["/me", "/me/why/bond_fund", "/me/privacy", "/me/questions"])
def test_pages_speak_german_to_who_reads_it(somebody: SignedIn, path: str) -> None:
    answer = somebody.get(path, **{"Accept-Language": "de"})
    assert '<html lang="de">' in answer.text
    assert {"Ihre", "Sie"} & set(text_of(answer.text).split())


def test_advisor_hears_that_a_question_cannot_be_answered(own: RunningPages, somebody: SignedIn) -> None:
    somebody.send("/me/questions", text="What does it cost?")
    advisor, customer_id = own.signed_in_as(own.people.advisor), own.people.customer.name
    page = advisor.get(f"/advisor/customers/{customer_id}").text
    assert "Its words are sealed until the next run" in page
    assert "Your answer" not in page
    path = f"/advisor/customers/{customer_id}/questions/1/answer"
    for text, done in (("Nothing.", "not_answerable"), ("  ", "not_written")):
        answer = advisor.send(path, text=text)
        assert answer.headers["location"] == f"/advisor/customers/{customer_id}?done={done}"
    assert own.signed_in_as(own.people.other_advisor).send(path, text="Nothing.").status_code == 404
    assert somebody.send(path, text="Nothing.").status_code == 403
