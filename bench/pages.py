"""Publish a demo bank, look at every page of it as people do, and write pictures and docs/pages.md.

`python -m bench.pages`: every page of `tests/pages/every_page.py` at two widths, the phone's in the dark. Needs
Debian's chromium.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.api.running_api import run_api
from tests.pages.browsing import CHROMIUM, DESK, PHONE, QUIET, browsing
from tests.pages.every_page import EVERY_PAGE, EveryPage
from tests.pages.running_pages import RunningPages, people_of

from bench.banks import DEMO, PROJECT
from bench.installation import Installation
from bench.markers import replace_part
from bench.pages_lived_in import answer, ask, live_in, talk
from recsys.settings import Settings

DOCUMENT, PICTURES = PROJECT / "docs" / "pages.md", PROJECT / "docs" / "images" / "pages"
CUSTOMERS = "2000"
# Pictures of pages have few colours, and git keeps them for ever.
_COLOURS = 128
_TITLES = {"nobody": "Everybody", "customer": "Customers", "advisor": "Advisors", "admin": "Operations"}


def main() -> None:
    """Publish, live in it, look, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=PROJECT / ".recsys" / "pages")
    installation = Installation(parser.parse_args().home)
    feed = installation.home / "feeds" / DEMO
    if not feed.exists():
        installation.recsys("feed", DEMO, "--customers", CUSTOMERS, "--out", str(feed))
    installation.recsys("up", "--database-only")
    try:
        run(installation, feed, "always")
        look(installation, feed)
    finally:
        installation.recsys("down")


def run(installation: Installation, feed: Path, train: str) -> None:
    """The pipeline once."""
    installation.recsys("run", "--local", "--train", train, "--feed", str(feed), RECSYS_TUNING_TRIALS="0")


def look(installation: Installation, feed: Path) -> None:
    """Pictures of every page, and the document that shows them."""
    people = people_of(installation.database(), feed)
    with run_api(Settings(home=installation.home)) as running:
        pages = RunningPages(running.settings, people)
        live_in(pages)
        # What is asked and answered in people's own words is read after the next run each.
        question = ask(pages)
        run(installation, feed, "never")
        answer(pages, question)
        run(installation, feed, "never")
        talk(pages)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            PICTURES.mkdir(exist_ok=True)
            for one in EVERY_PAGE:
                print(one.name, flush=True)
                take_pictures(browser, pages, one)
            browser.close()
    replace_part(DOCUMENT, "pictures", "\n".join(shown()))


def take_pictures(browser: Browser, pages: RunningPages, one: EveryPage) -> None:
    """At a desk by day and on a phone by night."""
    with browsing(browser, pages, one.account(pages.people), width=DESK) as page:
        take_picture(page, one.address(pages.people), PICTURES / f"{one.name}-desk.png")
    with browsing(browser, pages, one.account(pages.people), width=PHONE, theme="dark") as page:
        take_picture(page, one.address(pages.people), PICTURES / f"{one.name}-phone.png")


def take_picture(page: Page, address: str, path: Path) -> None:
    """The whole page."""
    answered = page.goto(address)
    page.wait_for_load_state("networkidle")
    if answered is None or answered.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SystemExit(f"{address} failed.")
    taken = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    taken.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def shown() -> Iterator[str]:
    """Every page by who looks at it, desk beside phone."""
    for who, title in _TITLES.items():
        yield f"### {title}\n"
        for one in EVERY_PAGE:
            if one.who == who:
                yield f"`{one.path}`\n"
                yield (
                    f'<p><img src="images/pages/{one.name}-desk.png" width="600" alt="{one.name} at a desk, light"> '
                    f'<img src="images/pages/{one.name}-phone.png" width="180" alt="{one.name} on a phone, dark"></p>\n'
                )


if __name__ == "__main__":
    main()
