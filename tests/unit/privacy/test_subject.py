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
    contacts={"C17": {"full_name": "Éva Lindqvist", "email": "eva@example.org", "iban": "DE02 1203 0000"}},
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
        {"text": "LINDQVIST EVA, thank you"},
        {"a": {"nested": ["de0212030000"]}},
        {"customer_id": "c-?", "email": "EVA@example.org"},
    ],
)
def test_a_row_that_mentions_the_person_is_found_in_any_spelling(row: dict[str, object]) -> None:
    assert RowSearch(SUBJECT).mentions(row)


@pytest.mark.parametrize(
    "row", [{"line": "C171;C1;XC18"}, {"text": "Eva Lindberg"}, {"text": None}, {"iban": "DE03 1203 0000"}]
)
def test_a_row_of_somebody_else_mentions_nobody(row: dict[str, object]) -> None:
    assert not RowSearch(SUBJECT).mentions(row)


def test_a_tombstone_tells_an_erased_id_and_no_other() -> None:
    (first,) = tombstone_hashes(["C17"], KEY)
    assert SUBJECT.tombstones[0] == first
    assert tombstone_hashes(["C17"], bytes(31) + b"x") != [first]
