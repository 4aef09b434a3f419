"""Numbers, money and dates as people write them, in English and in German."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from recsys.api.pages.formats import formats_in
from recsys.api.pages.languages import own_name, words_in

WIDE = "\u00a0"
AT = datetime(2026, 3, 1, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "arguments", "english", "german"),
    [
        ("number", (1234567,), "1,234,567", "1.234.567"),
        ("number", (0.4567, 2), "0.46", "0,46"),
        ("number", (-3, 1), "-3.0", "-3,0"),
        ("percent", (0.256,), "26%", f"26{WIDE}%"),
        ("percent", (0.2567, 1), "25.7%", f"25,7{WIDE}%"),
        ("money", (1234, "EUR"), "€1,234", f"1.234{WIDE}€"),
        ("money", (1234.5, "EUR"), "€1,234.50", f"1.234,50{WIDE}€"),
        ("money", (20000, "CZK"), f"CZK{WIDE}20,000", f"20.000{WIDE}CZK"),
        ("money", (20000, ""), "20,000", "20.000"),
        ("day", (date(2026, 3, 1),), "1 March 2026", "1. März 2026"),
        (
            "moment",
            (AT,),
            "1 Mar 2026, 05:06:07 UTC",
            "01.03.2026, 05:06:07 UTC",
        ),
    ],
)
def test_value_is_written_as_the_language_does(
    name: str, arguments: tuple[Any, ...], english: str, german: str
) -> None:
    assert formats_in(words_in("en"))[name](*arguments) == english
    assert formats_in(words_in("de"))[name](*arguments) == german


def test_languages_are_called_what_their_speakers_call_them() -> None:
    assert [own_name(language) for language in ("en", "de", "fr")] == ["English", "Deutsch", "Français"]
