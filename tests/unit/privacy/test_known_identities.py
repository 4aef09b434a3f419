from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def known_in(*texts: str) -> KnownIdentities:
    beginnings = Beginnings()
    beginnings.add(texts)
    known = KnownIdentities(beginnings)
    for column, values in CUSTOMERS.items():
        known.add(column, values)
    known.close()
    return known


def redact(*texts: str) -> list[str]:
    known = known_in(*texts)
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


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("TRANSFER TO J. O'NEILL", "TRANSFER TO <PERSON>"),
        ("Transfer to J O'Neill rent", "Transfer to <PERSON> rent"),
        ("O'Neill, J.", "<PERSON>."),
        ("ONEILL J", "<PERSON>"),
        ("A. Lee", "<PERSON>"),
        ("A M Lee", "<PERSON>"),
        ("LEE A.M.", "<PERSON>."),
        ("AM Lee", "<PERSON>"),
        ("J. Mueller-Gross", "<PERSON>"),
        ("E Schmidt", "<PERSON>"),
        ("José O'Neil", "<PERSON>"),
        ("José O'Neilll", "<PERSON>"),
        ("José O'Neell", "<PERSON>"),
        ("ONIELL, JOSE", "<PERSON>"),
        ("Schmdit Eva", "<PERSON>"),
        ("Jürgen Müller-Gros", "<PERSON>"),
        ("Jurgne Muller-Gross", "<PERSON>"),
    ],
)
def test_initials_and_one_typing_error_are_found_where_they_are_written_as_names(text: str, redacted: str) -> None:
    assert redact(text) == [redacted]


@pytest.mark.parametrize(
    "text",
    [
        "a lee",  # small letters, as in a sentence
        "A Lee",  # a letter that is a word
        "JONEILL",  # initial and name in one word
        "J. O'Nail",  # initials and a wrong name
        "Ann Leo",  # a short name with another letter
        "jose o'neil",
        "José Neilly",  # two errors
        "Josef Neill",
        "B. Lee",
    ],
)
def test_what_may_be_somebody_else_or_no_name_stays(text: str) -> None:
    assert redact(text) == [text]


@pytest.mark.parametrize("text", ["a lee", "A Lee", "jose o'neil", "José O", "Jsoé O'Neill"])
def test_what_may_be_a_name_is_doubtful_until_its_customer_is_known(text: str) -> None:
    known = known_in(text)
    assert known.find(text) == []
    assert [text[span.start : span.end] for span in known.find_doubtful(text)] == [text]


@given(st.data())
def test_no_name_with_one_letter_wrong_is_left(data: st.DataObject) -> None:
    given_name, family = (data.draw(st.text("abcdefghij", min_size=5, max_size=9)) for _ in range(2))
    place = data.draw(st.integers(0, len(family) - 1))
    letter = data.draw(st.sampled_from("klmnop"))
    wrong = data.draw(st.sampled_from([family[:place] + letter + family[place + rest :] for rest in (0, 1)]))
    text = f"Rent {given_name.title()} {wrong.title()}"
    beginnings = Beginnings()
    beginnings.add([text])
    known = KnownIdentities(beginnings)
    known.add("full_name", [f"{given_name} {family}"])
    known.close()
    assert replace_spans(text, merge_spans(known.find(text))) == "Rent <PERSON>"


def test_variants_whose_words_stand_in_no_text_do_not_enter_the_automaton() -> None:
    names = [f"Ann{letter} Lee{other}" for letter in "abcdefgh" for other in "mnopqrst"]
    beginnings = Beginnings()
    beginnings.add(["A. Leem"])
    known = KnownIdentities(beginnings)
    known.add("full_name", names)
    known.close()
    # The names themselves are short enough to be searched for always; of all initials there is one pair.
    assert [known.find(text) != [] for text in ("A. Leem", "A. Leen")] == [True, False]
