"""Signing in and out at the pages, and what keeps others from doing it for somebody."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.pages.browsing import browsing
from tests.pages.running_pages import RunningPages

from recsys.api.pages.session import IDLE_SECONDS, LONGEST_SECONDS, Session, own_path


@pytest.fixture(scope="module")
def passwords(pages: RunningPages) -> dict[str, str]:
    return pages.passwords()


@pytest.fixture
def browser(chromium: Browser, pages: RunningPages) -> Iterator[Page]:
    with browsing(chromium, pages) as page:
        yield page


def sign_in(page: Page, user: str, password: str) -> None:
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_somebody_signs_in_with_his_password_and_out_again(
    browser: Page, pages: RunningPages, passwords: dict[str, str]
) -> None:
    user = pages.people.admin.name
    browser.goto("/")
    browser.get_by_role("link", name="Sign in").click()
    sign_in(browser, user, "something else")
    expect(browser.get_by_role("alert")).to_contain_text("no such user with this password")
    sign_in(browser, user, passwords[user])
    expect(browser.get_by_text(f"Signed in as {user}.")).to_be_visible()
    browser.get_by_role("button", name="Sign out").click()
    expect(browser.get_by_role("link", name="Sign in")).to_be_visible()
    assert browser.context.cookies() == []


def test_who_has_not_signed_in_is_led_to_the_page_that_was_asked_for(
    browser: Page, pages: RunningPages, passwords: dict[str, str]
) -> None:
    user = pages.people.admin.name
    browser.goto("/operations?from=a-bookmark")
    sign_in(browser, user, passwords[user])
    browser.wait_for_url("**/operations")


def test_pages_are_in_the_language_of_the_browser_until_another_is_chosen(
    chromium: Browser, pages: RunningPages
) -> None:
    with browsing(chromium, pages, language="de-AT") as page:
        page.goto("/")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.get_by_role("link", name="Anmelden")).to_be_visible()
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_form_of_another_site_or_without_the_word_of_the_page_is_refused(pages: RunningPages) -> None:
    somebody = pages.signed_in_as(pages.people.customer)
    foreign = {"Origin": "https://evil.example"}
    assert somebody.client.post("/sign-out", data={"csrf": somebody.csrf}, headers=foreign).status_code == 403
    assert somebody.client.post("/sign-out", data={"csrf": "guessed"}).status_code == 403
    assert somebody.client.post("/sign-out").status_code == 403
    assert somebody.send("/sign-out").status_code == 303
    assert somebody.client.post("/sign-out", headers={"X-CSRF-Token": somebody.csrf}).status_code == 303


def test_a_cookie_that_was_made_up_or_changed_signs_nobody_in(pages: RunningPages) -> None:
    name, value = pages.cookie(pages.session(pages.people.admin))
    for made_up in ("", "e30=", "no base64!", value[:-8] + "AAAAAAA=", value[4:]):
        answer = httpx.get(f"{pages.url}/operations", cookies={name: made_up}, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?leads_to=%2Foperations")


def test_a_session_ends_when_nobody_was_there_for_long_or_after_a_day(pages: RunningPages) -> None:
    now = int(time.time())
    session = pages.session(pages.people.customer)
    assert not Session(session.principal, now - IDLE_SECONDS - 5, now).is_over(now)
    assert Session(session.principal, now, now - IDLE_SECONDS - 1).is_over(now)
    assert Session(session.principal, now - LONGEST_SECONDS - 1, now).is_over(now)
    name, value = pages.cookie(pages.session(pages.people.admin, signed_in_at=now - IDLE_SECONDS - 5))
    assert httpx.get(f"{pages.url}/operations", cookies={name: value}).status_code in (303, 401)


def test_a_code_that_was_not_asked_for_signs_nobody_in(pages: RunningPages) -> None:
    with httpx.Client(base_url=pages.url, headers={"Accept": "text/html"}) as client:
        assert client.get("/signed-in?code=c&state=s").status_code == 400
        assert client.get("/sign-in").status_code == 303
        assert client.get("/signed-in?code=c&state=another").status_code == 400
        assert not [cookie for cookie in client.cookies if "session" in cookie]


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil.example", "me", ""])
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert own_path([path]) == "/"
    assert own_path([path, "/me"]) == "/me"


def test_nothing_of_a_page_comes_from_elsewhere_and_nothing_is_kept(pages: RunningPages) -> None:
    answer = pages.signed_in_as(pages.people.customer).get("/nothing-here")
    assert answer.status_code == 404
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "http" not in answer.text.replace("http-equiv", "")


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(pages: RunningPages) -> None:
    answer = httpx.get(f"{pages.url}/operations", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?leads_to=%2Foperations")


def test_programs_that_ask_for_nothing_here_get_a_document(pages: RunningPages) -> None:
    answer = httpx.get(f"{pages.url}/nothing-here")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
