from __future__ import annotations

import pytest

from recsys.privacy.numbers import find_numbers
from recsys.privacy.spans import merge_spans, outside_tags, replace_spans


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("write to a.b@example.org now", "write to <EMAIL_ADDRESS> now"),
        ("a.b@localhost.invalidtld", "<EMAIL_ADDRESS>"),
        ("card 5555 5555 5555 4444", "card <CREDIT_CARD>"),
        ("card 5555 5555 5555 4445", "card <NUMBER>"),
        ("GB29 NWBK 6016 1331 9268 19 due", "<IBAN_CODE> due"),
        ("GB29NWBK60161331926818", "<NUMBER>"),
        ("call 0170 1234567", "call <PHONE_NUMBER>"),
        ("call +353 85 1234567.", "call <PHONE_NUMBER>."),
        ("nino AB 12 34 56 C", "nino <NATIONAL_ID>"),
        ("PPS 1234567T", "PPS <NUMBER>"),
        ("ref 48213977", "ref <NUMBER>"),
    ],
)
def test_numbers_that_name_somebody_become_tags(text: str, redacted: str) -> None:
    assert replace_spans(text, merge_spans(outside_tags(text, find_numbers(text)))) == redacted


@pytest.mark.parametrize("text", ["", "Invoice 48213", "3 x 20.00 EUR", "@home", "nan", "7-Eleven 24/7"])
def test_short_numbers_stay(text: str) -> None:
    assert find_numbers(text) == []
