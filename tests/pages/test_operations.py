"""The pages of operations: the figures of the views, in pictures and tables, and of no customer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from pyarrow import csv
from tests.api.running_api import run_api
from tests.api.served_bank import ServedBank
from tests.installation import Installation
from tests.pages.browsing import browsing
from tests.pages.running_pages import RunningPages, SignedIn

from recsys.io.postgres import open_database
from recsys.settings import Settings

PAGES = ("/operations", "/operations/answers", "/operations/models", "/operations/runs", "/operations/quality")
MIX = "/operations/figures/product-mix.svg"


@pytest.fixture
def operations(pages: RunningPages) -> SignedIn:
    return pages.signed_in_as(pages.people.admin)


@pytest.fixture(scope="module")
def answered(pages: RunningPages) -> RunningPages:
    """Everybody was shown their list, every third clicked on what stands first and took it, and operations counted."""
    with open_database(pages.settings).connect("admin") as connection:
        connection.execute(
            """
            insert into ops.feedback (
                customer_key, product_id, kind, channel, publication_id, position, occurred_at, actor_role,
                request_hash, body_hash, item
            )
            select
                listed.person_key, listed.product_id, kinds.kind, 'app', listed.publication_id, listed.rank, now(),
                'system', gen_random_uuid(), gen_random_uuid(), 0
            from serving.recommendation_rows as listed
            cross join unnest(array['shown', 'clicked', 'accepted']) as kinds (kind)
            where kinds.kind = 'shown' or (listed.rank = 1 and hashtext(listed.person_key::text) % 3 = 0)
            """
        )
    answer = pages.signed_in_as(pages.people.admin).send("/operations/answers")
    assert answer.headers["location"] == "/operations/answers"
    return pages


def figures(pages: RunningPages, query: str) -> list[tuple[object, ...]]:
    with open_database(pages.settings).connect("reporting") as connection:
        return connection.execute(query.encode()).fetchall()


def test_start_tells_how_far_the_publication_reaches(pages: RunningPages, operations: SignedIn) -> None:
    ((share, n_persons),) = figures(
        pages, "select with_list_share, n_persons from reporting.publication_coverage where is_current"
    )
    text = operations.get("/operations").text
    assert f"{share:.1%}" in text
    assert f"of {n_persons:,} ranked" in text
    assert re.search(r"<dt>Last run</dt><dd class=\"figure\">published</dd>", text)


def test_numbers_beside_a_picture_are_those_of_the_view(pages: RunningPages, operations: SignedIn) -> None:
    text = operations.get("/operations").text
    rows = figures(pages, "select product_name, n_rows from reporting.product_mix where is_current and n_rows > 0")
    assert len(rows) > 10
    for name, n_rows in rows:
        assert re.search(rf"<th scope=\"row\">{re.escape(str(name))}</th>\s*<td class=\"num\">{n_rows:,}</td>", text)
    assert "reporting.product_mix" in text


def test_picture_is_kept_for_as_long_as_it_shows_what_there_is(operations: SignedIn) -> None:
    first = operations.get(MIX)
    assert first.headers["content-type"] == "image/svg+xml"
    assert first.text.startswith("<svg")
    assert operations.get(MIX, **{"If-None-Match": first.headers["etag"]}).status_code == 304
    dark = operations.get(f"{MIX}?theme=dark", **{"If-None-Match": first.headers["etag"]})
    narrow = operations.get(f"{MIX}?width=narrow")
    german = operations.get(MIX, **{"Accept-Language": "de"})
    assert len({answer.headers["etag"] for answer in (first, dark, narrow, german)}) == 4
    assert "aller Empfehlungen" in german.text


@pytest.mark.parametrize("path", ["/operations/figures/nothing.svg", f"{MIX}?theme=blue"])
def test_picture_that_is_none_is_not_there(operations: SignedIn, path: str) -> None:
    assert operations.get(path).status_code in {404, 422}


def test_no_page_of_operations_names_a_customer(pages: RunningPages, demo: Installation, operations: SignedIn) -> None:
    ids = set(csv.read_csv(demo.feed / "customers.csv")["customer_id"].to_pylist())
    with open_database(pages.settings).connect("admin") as connection:
        keys = {row[0] for row in connection.execute("select person_key::text from identity.customers").fetchall()}
    for path in (*PAGES, MIX):
        words = set(re.findall(r"[\w-]+", operations.get(path).text))
        assert words & (ids | keys) == set(), path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_picture_is_shown_in_the_theme_of_the_browser(
    chromium: Browser, answered: RunningPages, theme: str
) -> None:
    with browsing(chromium, answered, answered.people.admin, theme=theme) as page:  # type: ignore[arg-type]
        for path in PAGES:
            page.goto(path)
            pictures = page.locator("figure img")
            pictures.evaluate_all("images => images.forEach(image => { image.loading = 'eager' })")
            page.wait_for_load_state("networkidle")
            shown = pictures.evaluate_all("images => images.map(image => [image.currentSrc, image.naturalWidth])")
            assert shown, path
            assert [address for address, width in shown if not width] == []
            assert {"theme=dark" in address for address, _ in shown} == {theme == "dark"}


def test_answers_are_counted_when_somebody_asks(answered: RunningPages, operations: SignedIn) -> None:
    text = operations.get("/operations/answers").text
    assert "Counted on" in text
    assert "is taken most often" in text
    assert "At place 1" in text


def test_failed_run_and_a_publication_that_ended_are_told_at_once(pages: RunningPages, operations: SignedIn) -> None:
    assert "notice-warn" not in operations.get("/operations").text
    with open_database(pages.settings).connect("admin") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values ('broken', 'f', 5, 'never')")
        connection.execute(
            """
            insert into ops.step_runs (run_id, step, state, finished_at)
            values ('broken', 'check_marts', 'failed', now())
            """
        )
        connection.execute("update serving.publications set valid_until = now() - interval '1 hour'")
    text = operations.get("/operations").text
    assert "The last run failed at the step check_marts" in text
    assert "nobody is shown anything" in text
    assert "broken" in operations.get("/operations/runs").text


def test_rule_that_leaves_a_product_to_nearly_nobody_is_told(pages: RunningPages, operations: SignedIn) -> None:
    with open_database(pages.settings).connect("admin") as connection:
        connection.execute(
            """
            update serving.elimination_counts as counts set n_refused = persons.n_persons
            from serving.publication_segments as persons
            where
                persons.publication_id = counts.publication_id
                and persons.segment is not distinct from counts.segment
                and counts.rule = 'income' and counts.product_id = 'fixed_mortgage'
            """
        )
    assert "“Income” refuses Fixed Rate Mortgage to" in operations.get("/operations").text


def test_before_anything_was_run_pages_say_so_and_have_no_pictures(pages: RunningPages, home: Settings) -> None:
    with run_api(home) as running:
        operations = RunningPages(running.settings, pages.people).signed_in_as(pages.people.admin)
        texts = {path: operations.get(path) for path in PAGES}
    assert {answer.status_code for answer in texts.values()} == {200}
    assert "Nothing is published yet." in texts["/operations"].text
    assert "No answers were counted yet." in texts["/operations/answers"].text
    assert "No model serves yet." in texts["/operations/models"].text
    assert "Nothing was run yet." in texts["/operations/runs"].text
    assert "Nothing was loaded yet." in texts["/operations/quality"].text
    assert [path for path, answer in texts.items() if "<figure" in answer.text] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_small_bank_is_told_what_can_be_told(pages: RunningPages, home: Settings, language: str) -> None:
    ServedBank(home)
    with run_api(home) as running:
        operations = RunningPages(running.settings, pages.people).signed_in_as(pages.people.admin)
        texts = [operations.get(path, **{"Accept-Language": language}).text for path in PAGES]
        pictures = set(re.findall(r"/operations/figures/([\w-]+)\.svg", " ".join(texts)))
        statuses = {operations.get(f"/operations/figures/{name}.svg").status_code for name in pictures}
    # Of its segments so few have no list that nothing is told.
    assert pictures == {"product-mix", "rules", "eliminations", "scores"}
    assert statuses == {200}
    assert {"en": "too few", "de": "zu wenige"}[language] in texts[0]
