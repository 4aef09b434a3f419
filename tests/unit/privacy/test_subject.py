from __future__ import annotations

import pytest

from recsys.privacy.places import PLACE_BY_NAME
from recsys.privacy.requests import tombstone_hashes
from recsys.privacy.subject import RowSearch, Subject

KEY = bytes(32)
SUBJECT = Subject(
    customer_ids=("C17", "C18"),
    customer_keys=("k17", "k18"),
    person_keys=("k17", "k18", "older"),
    customer_hashes=("\\x17",),
    source_hashes=("s17",),
    tombstones=tombstone_hashes(("C17", "C18"), KEY),
    contacts={
        "C17": {
            "full_name": "Éva Lindqvist",
            "email": "eva@example.org",
            "iban": "DE02 1203 0000",
            "phone": "+49 30 1234567",
            "birth_date": "1980-12-10",
        }
    },
)


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("raw.holdings", {"customer_key": ["k17", "k18"]}),
        ("marts.feat_customers", {"person_key": ["k17", "k18", "older"]}),
        ("identity.matches", {"customer_key_l": ["k17", "k18"], "customer_key_r": ["k17", "k18"]}),
        ("identity.customers", {"customer_id": ["C17", "C18"]}),
        ("quarantine.rows", {"customer_hash": ["\\x17"]}),
        ("identity.source_rows", {"key_hash": ["s17"]}),
        ("ops.deletions", {"first:row_key": ["k17", "k18"]}),
        ("ops.audit_log", {"within:subject": ["k17", "k18"]}),
    ],
)
def test_each_place_is_asked_for_what_it_knows_a_person_by(place: str, wanted: dict[str, list[str]]) -> None:
    assert SUBJECT.wanted(PLACE_BY_NAME[place]) == wanted


def test_a_row_is_owned_by_the_id_that_it_names() -> None:
    search = RowSearch(SUBJECT)
    assert search.is_own({"customer_id": " C18 ", "amount": "1"})
    assert not search.is_own({"customer_id": "C1", "amount": "1"})
    assert search.owner({"amount": "1"}) is None


@pytest.mark.parametrize(
    "row",
    [
        {"line": "2024-01-01;C17;12,50"},
        {"text": "LINDQVIST, EVA; 10.12.1980"},
        {"full_name": "Eva Lindqvist", "birth_date": "1980-12-10"},
        {"a": {"nested": ["paid from de0212030000"]}},
        {"line": "call +49 (30) 123 45 67"},
        {"line": "write to EVA@example.org."},
        {"customer_id": "c-?", "email": "EVA@example.org"},
    ],
)
def test_a_row_that_says_enough_of_the_person_is_found_in_any_spelling(row: dict[str, object]) -> None:
    assert RowSearch(SUBJECT).is_of_person(row)


@pytest.mark.parametrize(
    "row",
    [
        {"line": "C171;C1;XC18"},
        {"text": "Eva Lindberg 1980-12-10"},
        {"text": None},
        {"iban": "DE03 1203 0000"},
        {"line": "neva@example.org x.eva@example.org eva@example.org.uk"},
        {"line": "1234912345678 DE02120300001"},
        {"line": "4930123456789"},
    ],
)
def test_a_row_of_somebody_else_is_not_the_persons(row: dict[str, object]) -> None:
    assert not RowSearch(SUBJECT).is_of_person(row)


@pytest.mark.parametrize(
    "row",
    [
        {"full_name": "Eva Lindqvist"},
        {"customer_id": "C99", "full_name": "Eva Lindqvist", "birth_date": "1980-12-10"},
        {"customer_id": "C99", "full_name": "Maria Eva Lindqvisten"},
        {"customer_id": "C99", "counterparty_iban": "DE02 1203 0000"},
        {"customer_id": "C99", "text": "for C17"},
    ],
)
def test_neither_a_name_alone_nor_what_a_stranger_mentions_makes_a_row_the_persons(row: dict[str, object]) -> None:
    assert not RowSearch(SUBJECT).is_of_person(row)


def test_a_tombstone_tells_an_erased_id_and_no_other() -> None:
    (first,) = tombstone_hashes(["C17"], KEY)
    assert SUBJECT.tombstones[0] == first
    assert tombstone_hashes(["C17"], bytes(31) + b"x") != [first]
