"""What holds of every page: WCAG AA by axe, no sideways scrolling on a phone, both themes, all of them known here."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser
from tests.pages.browsing import DESK, PHONE, Theme, browsing
from tests.pages.every_page import EVERY_PAGE, LEADING_ON, EveryPage
from tests.pages.running_pages import RunningPages

from recsys.api.pages.routers import ROUTERS

WCAG_AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("one", EVERY_PAGE, ids=lambda one: one.name)
def test_page_can_be_read_by_everybody(
    chromium: Browser, pages: RunningPages, one: EveryPage, theme: Theme, width: int
) -> None:
    with browsing(chromium, pages, one.account(pages.people), theme=theme, width=width) as page:
        page.goto(one.address(pages.people))
        page.wait_for_load_state("networkidle")
        violations = Axe().run(page, options=WCAG_AA).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
        is_wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(is_wider), "it scrolls sideways"
        assert page.locator("h1").count() == 1


def test_every_route_of_the_pages_is_looked_at() -> None:
    looked_at = {one.path for one in EVERY_PAGE} | LEADING_ON
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert {route.path for route in routes if "GET" in route.methods} <= looked_at
