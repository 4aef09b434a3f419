from __future__ import annotations

import pytest

from recsys.privacy.scanning import UNSEALED, Finding, Texts, scan

CUSTOMERS = (
    ("customer_id", ["C-000417", "20417"]),
    ("full_name", ["Ada Lovelace", "Rent"]),
    ("email", ["ada@example.org"]),
    ("phone", ["+44 20 7946 0958"]),
    ("street", ["12 High Street"]),
    ("iban", ["GB29 NWBK 6016 1331 9268 19"]),
    ("national_id", ["123456789"]),
)


def found(*texts: str, column: str = "note", **how: bool) -> set[tuple[str, str]]:
    result = scan(lambda: [Texts("staging.somewhere", column, texts, **how)], CUSTOMERS)
    return {(finding.kind, finding.certainty) for finding in result.findings}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rent of Ada Lovelace", "PERSON"),
        ("RENT, LOVELACE ADA", "PERSON"),
        ('{"run": 3, "who": "adá lovelace"}', "PERSON"),
        ("<td>Lovelace, Ada</td>", "PERSON"),
        ("2026-11-24 22:57:13 [info] customer ada@example.org", "EMAIL_ADDRESS"),
        ("call 020 7946 0958", "PHONE_NUMBER"),
        ("gb29nwbk60161331926819", "IBAN_CODE"),
        ("high street 12", "STREET_ADDRESS"),
        ("id=C-000417", "CUSTOMER_ID"),
        ("id 123 456 789", "NATIONAL_ID"),
    ],
)
def test_customer_is_found_however_the_text_is_written(text: str, kind: str) -> None:
    assert found(text) == {(kind, "known")}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("from somebody@example.net", "EMAIL_ADDRESS"),
        ("to DE89 3704 0044 0532 0130 00", "IBAN_CODE"),
        ("card 4111 1111 1111 1111", "CREDIT_CARD"),
    ],
)
def test_stranger_is_found_by_form_but_not_among_ids_or_noise(text: str, kind: str) -> None:
    assert found(text) == {(kind, "recognised")}
    assert found(text, column="transaction_id") == set()
    assert found(text, is_noise=True) == set()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T22:57:13.298658+00:00 step succeeded rows=16382",
        "run-20261124T225410-d221",
        "321abc2b25c04df7a73f5c6721f16093",
        "0b9c1d3e-4111-1111-8111-111111111111",
        "0.4111111111111111, 12.3456789e-05",
        "12, 34, 56, 78, 9",
        "1234:5678:9",
        "the rent of a house in high street",
        "20417 rows",
        "Adam Lovelaces",
        "192.168.100.217",
        "merchant GROCERY 020 7946 0959",
    ],
)
def test_what_machines_write_is_not_taken_for_a_person(text: str) -> None:
    assert found(text) == set()


def test_short_name_in_noise_is_chance_and_a_long_one_is_somebody() -> None:
    people = [("full_name", ["Bo Li", "Ada Lovelace"])]

    def persons_in(text: str, *, is_noise: bool) -> int:
        texts = Texts("files:mlruns", "content", [text], is_noise=is_noise)
        return sum(finding.n_texts for finding in scan(lambda: [texts], people).findings)

    assert persons_in("\u00a9=bo li\u00b1", is_noise=False) == 1
    assert persons_in("\u00a9=bo li\u00b1", is_noise=True) == 0
    assert persons_in("\u00a9=ada lovelace\u00b1", is_noise=True) == 1


def test_findings_tell_place_kind_and_number_of_texts_and_no_value() -> None:
    batches = [
        Texts("raw.transactions", "description", ["rent", "Ada Lovelace", "Ada Lovelace", "ada lovelace"]),
        Texts("files:logs", "content", ["nothing"]),
    ]
    result = scan(lambda: batches, CUSTOMERS)
    assert result.findings == (Finding("raw.transactions", "description", "PERSON", "known", 3),)
    assert (result.n_places, result.n_texts, result.n_customers) == (2, 5, 2)


def test_what_can_be_read_where_it_must_be_sealed_is_a_finding() -> None:
    assert found("anything", must_be_sealed=True) == {(UNSEALED, "unsealed")}
    assert found(must_be_sealed=True) == set()
