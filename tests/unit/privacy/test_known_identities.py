from __future__ import annotations

import pytest

from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.spans import merge_spans, replace_spans

CUSTOMERS = {
    "full_name": ["José O'Neill", "Ann Mary Lee", "Al Lin", "Jürgen Müller-Groß", "Dr. Eva Schmidt"],
    "email": ["ann.lee@example.com"],
    "phone": ["+49 30 1234567"],
    "street": ["12 High Street", "Hauptstraße 5"],
    "national_id": ["AB123456C"],
    "iban": ["DE89370400440532013000"],
    "customer_id": ["C0000042", "17"],
}


def redact(*texts: str) -> list[str]:
    beginnings = Beginnings()
    beginnings.add(texts)
    known = KnownIdentities(beginnings)
    for column, values in CUSTOMERS.items():
        known.add(column, values)
    known.close()
    return [replace_spans(text, merge_spans(known.find(text))) for text in texts]


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Rent José O'Neill May", "Rent <PERSON> May"),
        ("RENT JOSE ONEILL", "RENT <PERSON>"),
        ("Jose\u0301 O'Neill.", "<PERSON>."),
        ("O’NEILL, JOSÉ", "<PERSON>"),
        ("ann  mary\tlee", "<PERSON>"),
        ("Ann Lee", "<PERSON>"),
        ("Lee, Ann Mary", "<PERSON>"),
        ("ann_lee", "<PERSON>"),
        ("Al Lin", "<PERSON>"),
        ("Tel. 030/123 45 67!", "Tel. <PHONE_NUMBER>!"),
        ("LIN,AL", "<PERSON>"),
        ("JUERGEN MUELLER GROSS", "<PERSON>"),
        ("Jurgen Muller-Gross", "<PERSON>"),
        ("Eva Schmidt", "<PERSON>"),
        ("mail ANN.LEE@EXAMPLE.COM", "mail <EMAIL_ADDRESS>"),
        ("+49 (30) 123-4567", "+<PHONE_NUMBER>"),
        ("0049 30 1234567", "<PHONE_NUMBER>"),
        ("at 12, high street", "at <STREET_ADDRESS>"),
        ("High Street 12", "<STREET_ADDRESS>"),
        ("HAUPTSTRASSE 5", "<STREET_ADDRESS>"),
        ("id ab 12 34 56 c!", "id <NATIONAL_ID>!"),
        ("IBAN de89 3704 0044 0532 0130 00", "IBAN <IBAN_CODE>"),
        ("client c0000042", "client <CUSTOMER_ID>"),
    ],
)
def test_known_value_is_found_in_every_spelling(text: str, redacted: str) -> None:
    assert redact(text) == [redacted]


@pytest.mark.parametrize("text", ["all in", "Joan Leeds", "Joann Lee", "Ann Mary Leeds", "amount 17", "", "nan", "…"])
def test_other_words_stay(text: str) -> None:
    assert redact(text) == [text]


def test_spellings_that_no_text_begins_do_not_enter_the_automaton() -> None:
    beginnings = Beginnings()
    beginnings.add(["Lunch with Ann Mary Lee"])
    known = KnownIdentities(beginnings)
    known.add("full_name", ["Ann Mary Lee", "Jürgen Müller-Groß"])
    known.add("iban", ["DE89370400440532013000"])
    known.close()
    assert 0 < len(known) <= 5
    assert known.find("Lunch with Ann Mary Lee")


def test_without_customers_nothing_is_known() -> None:
    known = KnownIdentities(Beginnings())
    known.close()
    assert known.find("Ann Mary Lee") == []
