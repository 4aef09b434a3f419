"""Chromium as somebody's browser: light or dark, phone or desk, and who is signed in in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Page
from tests.pages.running_pages import RunningPages

from recsys.io.accounts import Account

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
Theme = Literal["light", "dark"]
PHONE, DESK = 360, 1280


@contextmanager
def browsing(
    chromium: Browser,
    pages: RunningPages,
    account: Account | None = None,
    *,
    theme: Theme = "light",
    width: int = DESK,
    language: str = "en-GB",
) -> Iterator[Page]:
    """A page of a browser in which `account` has signed in. What a page's own policy forbids fails the test, and so
    does an error of a script.
    """
    context = chromium.new_context(
        base_url=pages.url, color_scheme=theme, viewport={"width": width, "height": 640}, locale=language
    )
    if account:
        name, value = pages.cookie(pages.session(account))
        context.add_cookies([{"name": name, "value": value, "url": pages.url, "httpOnly": True, "sameSite": "Lax"}])
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if _is_trouble(message.text) else None)
    try:
        yield page
    finally:
        context.close()
    assert troubles == []


def _is_trouble(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text
