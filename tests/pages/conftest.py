"""Pages over a copy of the published demo bank, and a browser that looks at them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.api.running_api import run_api
from tests.copied_home import copied_home
from tests.installation import Installation
from tests.pages.browsing import CHROMIUM, QUIET
from tests.pages.running_pages import RunningPages, people_of


@pytest.fixture(scope="module")
def pages(demo: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPages]:
    """The module's own bank: what is answered, taken off or withdrawn there stays there."""
    folder = tmp_path_factory.mktemp("pages") / "home"
    with copied_home(demo.settings, folder) as home, run_api(home) as running:
        yield RunningPages(running.settings, people_of(demo.database, demo.feed))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser process; every page gets a context of its own.

    Of a module, and not of all: as long as it lives, the thread has an event loop that other tests stumble on.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
