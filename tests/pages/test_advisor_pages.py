"""What an advisor does on the pages, with a browser and without."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.pages.browsing import PHONE, browsing
from tests.pages.running_pages import RunningPages, SignedIn

from recsys.io.postgres import open_database
from recsys.io.serving import read_recommendations

UNTIL = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@pytest.fixture
def advisor(pages: RunningPages) -> SignedIn:
    return pages.signed_in_as(pages.people.advisor)


@pytest.fixture
def customer_id(pages: RunningPages) -> str:
    return pages.people.customer.name


@pytest.fixture
def base(customer_id: str) -> str:
    return f"/advisor/customers/{customer_id}"


def rows(pages: RunningPages, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with open_database(pages.settings).connect("admin") as connection:
        return connection.execute(query.encode(), values).fetchall()


def listed(pages: RunningPages, customer_id: str) -> list[tuple[str, str]]:
    """Ids and names of a customer's list."""
    with open_database(pages.settings).connect("downstream") as connection:
        return [(row["product_id"], row["product_name"]) for row in read_recommendations(connection, customer_id)]


def customers_in(text: str) -> list[str]:
    return re.findall(r'<a href="/advisor/customers/(\w+)">', text)


def hidden(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]+)"', text)
    assert found
    return found[1]


def test_day_begins_with_at_most_ten_conversations_and_says_why_each(pages: RunningPages, advisor: SignedIn) -> None:
    text = advisor.get("/advisor").text
    found = customers_in(text)
    assert 0 < len(found) <= 10
    assert "No advisor has noted a conversation yet." in text
    assert "probab" not in text
    others = set(customers_in(pages.signed_in_as(pages.people.other_advisor).get("/advisor").text))
    assert not set(found) & others


def test_portfolio_is_paged_without_a_gap_or_a_repetition(pages: RunningPages, advisor: SignedIn) -> None:
    seen, address = [], "/advisor/customers"
    while address:
        text = advisor.get(address).text
        seen += customers_in(text)
        following = re.search(r'href="(/advisor/customers\?[^"]+)">Next', text)
        address = following[1].replace("&amp;", "&") if following else ""
    of_advisor = rows(
        pages,
        """
        select customer_id from identity.portfolios
        where advisor_key = (
            select advisor_key from identity.portfolios where customer_id = %s
        ) order by 1
        """,
        pages.people.customer.name,
    )
    assert seen == [row[0] for row in of_advisor]


def test_customers_are_filtered_by_what_is_recommended_and_found_by_id(
    pages: RunningPages, advisor: SignedIn, customer_id: str
) -> None:
    product_id, _ = listed(pages, customer_id)[0]
    text = advisor.get(f"/advisor/customers?beginning={customer_id}&recommended={product_id}&days=").text
    assert customers_in(text) == [customer_id]
    assert customers_in(advisor.get("/advisor/customers?beginning=nobody").text) == []
    assert advisor.get("/advisor/customers?list=perhaps").status_code == 422


def test_htmx_gets_the_table_alone(advisor: SignedIn) -> None:
    text = advisor.get("/advisor/customers", **{"HX-Request": "true"}).text
    assert "<html" not in text
    assert "<table" in text


def test_page_of_a_customer_says_all_there_is_in_words(
    pages: RunningPages, advisor: SignedIn, base: str, customer_id: str
) -> None:
    text = advisor.get(base).text
    names = [name for _, name in listed(pages, customer_id)]
    for heading in ("Profile", "Holdings", "Goals and risk", "Why not the others", "Shown and answered"):
        assert f">{heading}</h2>" in text
    assert [name for name in names if name not in text] == []
    catalogue = rows(pages, "select limits ->> 'product_name' from serving.catalogue")
    assert [name for (name,) in catalogue if name not in text.replace("&amp;", "&")] == []
    assert re.search("strong|good|fair", text)
    scores = rows(pages, "select score::text from serving.recommendations where customer_id = %s", customer_id)
    assert not [score for (score,) in scores if score in text]


def test_look_at_a_customer_is_written_down(pages: RunningPages, advisor: SignedIn, base: str) -> None:
    query = """
        select count(*) from ops.audit_log
        where action = 'read_as_advisor' and details ->> 'asked_by' = %s and details ->> 'reading' like 'GET /advisor%%'
    """
    before = rows(pages, query, pages.people.advisor.name)[0][0]
    advisor.get(base)
    assert rows(pages, query, pages.people.advisor.name)[0][0] == before + 1


def test_outcome_that_is_sent_twice_is_written_down_once(
    pages: RunningPages, advisor: SignedIn, base: str, customer_id: str
) -> None:
    text = advisor.get(base).text
    before = listed(pages, customer_id)
    product_id, name = before[-1]
    form = {
        "about": f"listed:{product_id}",
        "publication_id": hidden(text, "publication_id"),
        "kind": "rejected",
        "reason": "too_expensive",
        "channel": "phone",
        "occurred_at": hidden(text, "occurred_at"),
        "idempotency_key": hidden(text, "idempotency_key"),
    }
    for _ in range(2):
        assert advisor.send(f"{base}/outcome", **form).headers["location"] == f"{base}?done=outcome"
    changed = advisor.send(f"{base}/outcome", **{**form, "kind": "accepted"})
    assert changed.headers["location"] == f"{base}?done=outcome_before"
    noted = rows(pages, "select kind, reason, channel, actor_role, position from ops.feedback")
    assert noted == [("rejected", "too_expensive", "phone", "advisor", len(before))]
    text = advisor.get(f"{base}?done=outcome").text
    assert "is written down" in text
    assert name in text


@pytest.mark.parametrize("changes", [{"kind": "dismissed", "reason": ""}, {"kind": "shown"}, {"about": "fund"}])
def test_outcome_that_lacks_something_is_asked_for_again(advisor: SignedIn, base: str, changes: dict[str, str]) -> None:
    text = advisor.get(base).text
    form = {"about": "other:loan", "kind": "accepted", "reason": "", "channel": "branch"}
    names = ("occurred_at", "idempotency_key")
    form |= {name: hidden(text, name) for name in names} | changes
    assert advisor.send(f"{base}/outcome", **form).headers["location"] == f"{base}?done=not_written"


def test_no_suggestion_gets_past_a_rule(pages: RunningPages, advisor: SignedIn, base: str, customer_id: str) -> None:
    refused = rows(
        pages,
        "select min(product_id) from serving.refusals where customer_id = %s and rule = 'already_held'",
        customer_id,
    )
    form = {"kind": "suggested", "product_id": refused[0][0], "reason": "life_event", "until": UNTIL}
    answer = advisor.send(f"{base}/decisions", **form)
    assert answer.headers["location"] == f"{base}?done=refused"
    assert "Permission comes before preference" in advisor.get(answer.headers["location"]).text


def test_investment_that_is_recommended_strongly_is_told_with_the_facts_of_its_suitability(
    pages: RunningPages, advisor: SignedIn
) -> None:
    with open_database(pages.settings).connect("admin") as connection:
        somebody, person_key, n_years = connection.execute(
            """
            select shown.customer_id, shown.person_key, told.horizon_years
            from serving.shown_customers as shown
            inner join serving.recommendations as listed on listed.customer_id = shown.customer_id and listed.rank = 1
            inner join identity.portfolios on portfolios.customer_id = shown.customer_id
            cross join lateral serving.read_suitability(shown.customer_id) as told
            where
                told.horizon_years is not null
                and portfolios.advisor_key in (select advisor_key from identity.portfolios where customer_id = %s)
                and not exists (
                    select 1 from serving.recommendations as other
                    where other.customer_id = shown.customer_id and other.product_id = 'mixed_fund'
                )
            order by 1 limit 1
            """,
            [pages.people.customer.name],
        ).fetchone() or ("", "", 0)
        connection.execute(
            """
            update serving.recommendation_rows set product_id = 'mixed_fund', score = 9
            where person_key = %s and rank = 1
            """,
            [person_key],
        )
        connection.execute(
            """
            insert into serving.score_quartiles
            select publication_id, 'mixed_fund', 100, '{1, 2, 3}' from serving.current_publication
            on conflict (publication_id, product_id) do update set n_rows = 100, quartiles = '{1, 2, 3}'
            """
        )
        connection.execute(
            "insert into ops.questions (customer_key, passed_on_at, question) values (%s, now(), 'Why?')", [person_key]
        )
    text = advisor.get(f"/advisor/customers/{somebody}").text
    assert "Among the highest quarter of all to whom this product is recommended." in text
    asked = text[text.index("What the customer told, and what the product asks for") :]
    assert f'Years until the money is needed</th><td class="num">{n_years}</td>' in asked
    today = advisor.get("/advisor").text
    assert customers_in(today)[0] == somebody
    assert "1 question waits for an answer." in today
    assert ">strong</span>" in today


def test_code_that_nobody_knows_says_nothing(advisor: SignedIn, base: str) -> None:
    assert 'role="status"' not in advisor.get(f"{base}?done=everything").text


def test_pages_speak_german_also_where_rules_do(advisor: SignedIn, base: str) -> None:
    text = advisor.get(base, **{"Accept-Language": "de"}).text
    assert "Warum die anderen nicht" in text
    assert "Der Kunde besitzt es bereits." in text
    assert "The customer" not in text


def open_customer(page: Page, customer_id: str) -> None:
    page.goto("/advisor/customers")
    page.get_by_label("Customer id begins with").fill(customer_id)
    expect(page.locator("#found tbody tr")).to_have_count(1)
    page.get_by_role("link", name=customer_id).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(customer_id)


def test_advisor_finds_a_customer_reads_why_and_why_not_notes_an_outcome_and_takes_a_product_off(
    chromium: Browser, pages: RunningPages, customer_id: str
) -> None:
    password = pages.passwords()[pages.people.advisor.name]
    name = listed(pages, customer_id)[0][1]
    with browsing(chromium, pages) as page:
        page.goto("/advisor")
        page.get_by_label("User").fill(pages.people.advisor.name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Conversations today")

        open_customer(page, customer_id)
        first = page.get_by_role("article").first
        expect(first).to_contain_text(name)
        expect(first.locator("p[lang]")).to_contain_text(re.compile("[A-Z].+[.]"))
        expect(page.get_by_role("region", name="Why not the others")).to_contain_text("The customer holds it.")

        outcome = page.get_by_role("region", name="Outcome of a conversation")
        outcome.get_by_label("Product").select_option(label=name)
        outcome.get_by_label("How you talked").select_option("phone")
        outcome.get_by_label("The customer has applied for it").check()
        outcome.get_by_role("button", name="Write down").click()
        expect(page.get_by_role("status")).to_contain_text("is written down")
        expect(page.get_by_role("region", name="Shown and answered")).to_contain_text("Applied for")

        first = page.get_by_role("article").first
        first.get_by_text("Take off the list").click()
        first.get_by_label("Reason").select_option(label="The customer asked for it")
        first.get_by_role("button", name=f"Take {name} off").click()
        expect(page.get_by_role("status")).to_contain_text("off the customer's list")
        expect(page.get_by_role("article").filter(has_text=name)).to_have_count(0)
        assert name not in [each for _, each in listed(pages, customer_id)]

        page.get_by_role("button", name=f"Revoke: {name}").click()
        expect(page.get_by_role("status")).to_contain_text("is revoked")
        expect(page.get_by_role("article").filter(has_text=name)).to_have_count(1)


def test_search_works_without_scripts(chromium: Browser, pages: RunningPages, customer_id: str) -> None:
    account = pages.people.advisor
    with browsing(chromium, pages, account, width=PHONE) as page:
        page.route("**/htmx.min.js*", lambda route: route.abort())
        page.goto("/advisor/customers")
        page.get_by_label("Customer id begins with").fill(customer_id)
        page.get_by_role("button", name="Search").click()
        expect(page.locator("#found tbody tr")).to_have_count(1)


def test_another_advisors_customer_is_nobody(pages: RunningPages, base: str) -> None:
    answer = pages.signed_in_as(pages.people.other_advisor).get(base)
    assert answer.status_code == 404
    assert "Profile" not in answer.text
