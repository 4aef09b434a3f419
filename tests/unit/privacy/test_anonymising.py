from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.errors import PrivacyError
from recsys.feed.columns import Column, Kind, Privacy, Purpose, Table
from recsys.feed.contract import CUSTOMERS, TABLES, TRANSACTIONS
from recsys.privacy.anonymising import anonymise_batch
from recsys.privacy.given_names import GivenNames
from recsys.privacy.keys import customer_keys, pseudonyms
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.policy import passing_columns
from recsys.privacy.redaction import Redactor

KEY = bytes(range(32))
ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.DATE: pa.date32(),
    Kind.TIMESTAMP: pa.timestamp("us", "UTC"),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT_LIST: pa.list_(pa.string()),
}


def landed(table: Table, rows: list[dict[str, Any]], *extras: Column) -> pa.RecordBatch:
    schema = pa.schema([(column.name, ARROW_TYPES[column.kind]) for column in (*table.columns, *extras)])
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    return pa.RecordBatch.from_pylist(full, schema=schema)


def anonymised(table: Table, rows: list[dict[str, Any]], *extras: Column) -> list[dict[str, Any]]:
    beginnings = Beginnings()
    known = KnownIdentities(beginnings)
    known.close()
    redactor = Redactor(known, GivenNames())
    for row in rows:
        redactor.survey(value for value in row.values() if isinstance(value, str))
    redactor.analyse(workers=1)
    return anonymise_batch(table, extras, landed(table, rows, *extras), KEY, redactor).to_pylist()


def extra(name: str, kind: Kind, privacy: Privacy) -> Column:
    raw_name = None if privacy in (Privacy.ENCRYPT, Privacy.DROP) else name
    return Column(name, kind, privacy, Purpose.AUDIT, "Declared by the bank.", raw_name=raw_name)


def test_customer_crosses_with_keys_and_coarse_values_only() -> None:
    (row,) = anonymised(
        CUSTOMERS,
        [
            {
                "customer_id": "C1", "full_name": "Ann Lee", "email": "a@example.org", "postcode": "10115",
                "country": "DE", "birth_date": date(1980, 5, 17), "advisor_id": "A7",
                "annual_income": Decimal("1200.50"),
            }
        ],
    )  # fmt: skip
    assert row["customer_key"] == customer_keys(["C1"], KEY)[0].as_py()
    assert row["advisor_key"] == pseudonyms(["A7"], KEY, "advisor_key")[0].as_py()
    assert (row["region"], row["birth_year"], row["annual_income"]) == ("DE-10", 1980, Decimal("1200.50"))
    assert not row.keys() & {
        "full_name",
        "email",
        "phone",
        "street",
        "city",
        "national_id",
        "iban",
        "birth_date",
        "postcode",
    }


def test_one_account_has_one_key_however_it_is_spaced() -> None:
    first, second = anonymised(
        TRANSACTIONS, [{"counterparty_iban": "DE89 3704 0044"}, {"counterparty_iban": "de8937040044"}]
    )
    assert first["counterparty_key"] == second["counterparty_key"]


def test_rows_keep_their_order() -> None:
    rows = [{"transaction_id": str(number), "description": f"Invoice {number % 3}"} for number in range(20)]
    assert [(row["transaction_id"], row["description"]) for row in anonymised(TRANSACTIONS, rows)] == [
        (row["transaction_id"], row["description"]) for row in rows
    ]


def test_extra_columns_are_treated_by_their_own_class() -> None:
    (row,) = anonymised(
        CUSTOMERS,
        [
            {
                "customer_id": "C1",
                "note": "Met Robert Johnson",
                "score": Decimal("1.50"),
                "broker": "B1",
                "passport": "X9",
            }
        ],
        extra("note", Kind.TEXT, Privacy.REDACT),
        extra("score", Kind.MONEY, Privacy.KEEP),
        extra("broker", Kind.TEXT, Privacy.PSEUDONYMISE),
        extra("pass", Kind.TEXT, Privacy.ENCRYPT),
    )
    assert json.loads(row["extras"]) == {
        "note": "Met <PERSON>",
        "score": "1.50",
        "broker": pseudonyms(["B1"], KEY, "broker")[0].as_py(),
    }


def test_column_without_a_class_does_not_pass() -> None:
    batch = landed(CUSTOMERS, [{"customer_id": "C1"}]).append_column("mother", pa.array(["Eve"]))
    with pytest.raises(PrivacyError, match=r"customers\.mother"):
        anonymise_batch(CUSTOMERS, (), batch, KEY, Redactor(KnownIdentities(Beginnings()), GivenNames()))


@pytest.mark.parametrize(
    "column",
    [
        replace(extra("a", Kind.TEXT, Privacy.KEEP), privacy="secret"),  # type: ignore[arg-type]
        replace(extra("a", Kind.TEXT, Privacy.DROP), raw_name="a"),
        replace(extra("a", Kind.TEXT, Privacy.KEEP), raw_name=None),
        extra("a", Kind.TEXT, Privacy.GENERALISE),
        extra("a", Kind.DATE, Privacy.REDACT),
        extra("a", Kind.TEXT_LIST, Privacy.PSEUDONYMISE),
    ],
)
def test_class_that_cannot_be_applied_is_an_error(column: Column) -> None:
    with pytest.raises(PrivacyError, match=r"customers\.a"):
        passing_columns(CUSTOMERS, [column])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_of_the_contract_has_a_policy(table: Table) -> None:
    names = [column.raw_name for column in passing_columns(table)]
    assert len(set(names)) == len(names) > 0


SECRETS = st.text(st.characters(codec="ascii", categories=["Lu", "Nd"]), min_size=12, max_size=16)


@settings(max_examples=40, deadline=None)
@given(st.lists(SECRETS, min_size=8, max_size=8, unique=True))
def test_no_personal_value_of_a_row_is_in_its_output(secrets: list[str]) -> None:
    names = ("customer_id", "full_name", "email", "phone", "street", "city", "national_id", "iban")
    rows = [
        dict(zip(names, secrets, strict=True)) | {"birth_date": date(1971, 8, 9), "postcode": "98765", "country": "DE"}
    ]
    output = json.dumps(anonymised(CUSTOMERS, rows), default=str)
    assert not any(value in output for value in (*secrets, "1971-08", "98765"))
