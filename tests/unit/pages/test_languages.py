"""Which language a page is in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from fastapi import Request

from recsys.api.pages.languages import words_of


def asked(accept: str | None = None, cookie: str | None = None, bank: str = "en") -> Request:
    headers = [(b"accept-language", accept.encode())] if accept is not None else []
    if cookie is not None:
        headers.append((b"cookie", f"recsys-language={cookie}".encode()))
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(language=bank)))
    return Request({"type": "http", "headers": headers, "app": app})


@pytest.mark.parametrize(
    ("accept", "cookie", "bank", "language"),
    [
        (None, None, "en", "en"),
        (None, None, "de", "de"),
        ("de", None, "en", "de"),
        ("de-CH,de;q=0.9,en;q=0.8", None, "en", "de"),
        ("fr,en;q=0.4,de;q=0.7", None, "en", "de"),
        ("fr-FR,it", None, "de", "de"),
        ("*", None, "de", "de"),
        ("de;q=no-number,en", None, "de", "en"),
        ("x" * 5000, None, "en", "en"),
        ("de", "en", "de", "en"),
        ("de", "../../etc/passwd", "en", "de"),
    ],
)
def test_choice_goes_before_the_browser_and_the_browser_before_the_bank(
    accept: str | None, cookie: str | None, bank: str, language: str
) -> None:
    assert words_of(asked(accept, cookie, bank)).language == language
