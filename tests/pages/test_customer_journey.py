"""A customer in a real browser, from the sign-in to the answer to a question."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect
from tests.installation import Installation
from tests.pages.browsing import PHONE, browsing
from tests.pages.running_pages import RunningPages

from recsys.io.runs import run_of
from recsys.steps.runner import run_step, start_run

INSIDE = ("ingest_feed", "resolve_customers", "anonymise_feed")


def take_in(pages: RunningPages, demo: Installation, run_id: str) -> None:
    """The steps that take out who is named in questions and answers."""
    start_run(run_of(run_id, str(demo.feed), None, 5, "never"), pages.settings)
    for step in INSIDE:
        run_step(step, run_id, pages.settings)


def sign_in(page: Page, user: str, password: str) -> None:
    page.goto("/sign-in?leads_to=/me")
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_customer_answers_decides_asks_and_reads_the_answer(
    chromium: Browser, pages: RunningPages, demo: Installation
) -> None:
    people = pages.people
    password = pages.passwords()[people.customer.name]
    with browsing(chromium, pages, width=PHONE) as page:
        sign_in(page, people.customer.name, password)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your recommendations")
        products = page.locator(".products > li")
        n_products = products.count()
        assert n_products > 1
        names = products.locator("h2").all_inner_texts()

        # Rates by keyboard.
        first = products.first
        first.get_by_role("radio", name="1 not at all").focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        first.get_by_role("button", name="Rate").press("Enter")
        expect(page.get_by_text("Thank you, your rating is noted.")).to_be_visible()
        expect(products.first.get_by_role("radio", name="4", exact=True)).to_be_checked()

        # Dismisses, and sees the product go without another page.
        page.evaluate("document.body.dataset.same = 'yes'")
        products.first.locator("summary", has_text="Not interested").click()
        products.first.get_by_label("Why not?").select_option(label="It is too expensive")
        products.first.get_by_role("button", name="Take it off my list").click()
        expect(page.get_by_text("It is off your list")).to_be_visible()
        expect(products).to_have_count(n_products - 1)
        assert products.locator("h2").all_inner_texts() == names[1:]
        assert page.evaluate("document.body.dataset.same") == "yes"

        # Withdraws consent and sees the list change at once; gives it again.
        page.get_by_role("link", name="Privacy").click()
        switch = page.get_by_role("switch", name="Personal recommendations", exact=True)
        expect(switch).to_have_attribute("aria-checked", "true")
        switch.press("Space")
        expect(switch).to_have_attribute("aria-checked", "false")
        page.get_by_role("link", name="Recommendations", exact=True).click()
        expect(page.get_by_role("heading", name="You do not allow personal recommendations")).to_be_visible()
        expect(products).to_have_count(0)
        page.get_by_role("link", name="See or change this").click()
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
        page.get_by_role("link", name="Recommendations", exact=True).click()
        expect(products).to_have_count(n_products - 1)

        # Takes the own data along.
        page.get_by_role("link", name="Privacy").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download my data").click()
        assert download.value.suggested_filename == "my-data.json"

        # Asks, beside what is known already.
        page.get_by_role("link", name="Recommendations", exact=True).click()
        products.first.get_by_role("link", name="Ask about it").click()
        page.get_by_label("Your question").fill("what does it cost if i am abroad? write to me@example.org")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Your words are sealed. They are passed on")).to_be_visible()
        expect(page.get_by_text("It is on your list, at place")).to_be_visible()

        take_in(pages, demo, "question-passed-on")
        page.reload()
        expect(page.get_by_text("Your advisor can read the question")).to_be_visible()
        expect(page.locator("blockquote")).to_contain_text("what does it cost if i am abroad?")
        expect(page.locator("blockquote")).not_to_contain_text("me@example.org")

        with browsing(chromium, pages, people.advisor) as advisor:
            advisor.goto(f"/advisor/customers/{people.customer.name}")
            expect(advisor.get_by_role("heading", name="Question of")).to_contain_text(names[1])
            advisor.get_by_label("Your answer").fill("it costs the same, wherever you are.")
            advisor.get_by_role("button", name="Answer", exact=True).click()
            expect(advisor.get_by_text("The customer reads the answer after the next run.")).to_be_visible()
        page.reload()
        expect(page.get_by_text("The answer arrives with the next run.")).to_be_visible()
        take_in(pages, demo, "answer-passed-on")
        page.reload()
        expect(page.get_by_text("it costs the same, wherever you are.")).to_be_visible()

        # What is an advisor's, and another customer's, is refused.
        for path in ("/advisor", f"/advisor/customers/{people.other_customer.name}", "/operations"):
            page.goto(path)
            expect(page.get_by_role("heading", name="Not for you")).to_be_visible()
            expect(page.get_by_text(people.other_customer.name)).to_have_count(0)


def test_pages_work_where_no_script_runs(chromium: Browser, pages: RunningPages) -> None:
    name, value = pages.cookie(pages.session(pages.people.other_customer))
    context = chromium.new_context(base_url=pages.url, java_script_enabled=False, locale="en-GB")
    context.add_cookies([{"name": name, "value": value, "url": pages.url, "httpOnly": True, "sameSite": "Lax"}])
    page = context.new_page()
    page.goto("/me")
    products = page.locator(".products > li")
    n_products = products.count()
    products.first.locator("summary", has_text="Not interested").click()
    products.first.get_by_role("button", name="Take it off my list").click()
    expect(page.get_by_text("It is off your list")).to_be_visible()
    expect(products).to_have_count(n_products - 1)
    page.goto("/me/privacy")
    page.get_by_role("switch", name="I object to personal recommendations").click()
    expect(page.get_by_text("Your decision counts from now on.")).to_be_visible()
    page.goto("/me")
    expect(page.get_by_role("heading", name="You objected to personal recommendations")).to_be_visible()
    context.close()
