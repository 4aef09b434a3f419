from __future__ import annotations

import pytest

from recsys.privacy.worth_reading import is_worth_reading


@pytest.mark.parametrize(
    "text",
    [
        "Why was my card declined?",
        "Hello, I'd like to know what I have to pay. Is it much?",
        "Please don't send me any more letters.",
    ],
)
def test_text_with_capitals_at_its_beginnings_alone_is_not_read(text: str) -> None:
    assert not is_worth_reading(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why did Robert decline?",
        "Robert declined.",
        "i spoke to robert",
        "SALARY OKONKWO TEMI",
        "Is it at 12 high street?",
        "Ich habe meine Karte verloren",
        "",
    ],
)
def test_text_with_any_other_capital_or_none_or_a_digit_is_read(text: str) -> None:
    assert is_worth_reading(text)
