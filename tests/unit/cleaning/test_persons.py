from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from recsys.cleaning.linkage import LinkageOptions
from recsys.cleaning.normalising import normalised_emails, normalised_national_ids
from recsys.cleaning.persons import MAX_SHARING
from recsys.cleaning.resolution import IDENTIFYING_COLUMNS, CustomerRows, Resolution

Row = tuple[str, date | None, date | None, str | None, str | None, date | None]
COLUMNS = ("customer_id", "registered_at", "valid_from", "national_id", "email", "birth_date")
BORN = date(1980, 1, 1)


def resolved(*rows: Row) -> Resolution:
    columns = list(zip(*rows, strict=True))
    kinds = [pa.string(), pa.date32(), pa.date32(), pa.string(), pa.string(), pa.date32()]
    arrays = {name: pa.array(values, kind) for name, values, kind in zip(COLUMNS, columns, kinds, strict=True)}
    others = {name: pa.nulls(len(rows), pa.string()) for name in IDENTIFYING_COLUMNS if name not in COLUMNS}
    batch = pa.RecordBatch.from_pydict(arrays | others)
    customers = CustomerRows()
    # Two batches: what is shared is found across them.
    customers.add(batch.slice(0, 1))
    customers.add(batch.slice(1))
    return customers.resolve(LinkageOptions())


def persons(*rows: Row) -> dict[str, tuple[str, str]]:
    found = resolved(*rows)
    ids = found.customer_ids.to_pylist()
    rules = found.persons.rules.to_pylist()
    return {
        customer: (ids[representative], rule)
        for customer, representative, rule in zip(ids, found.persons.representative, rules, strict=True)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [(" Ada@X.org ", "ada@x.org"), ("ZOË@x.org", "zoe@x.org"), ("a.b@x.org", "a.b@x.org"), ("none", None), ("", None)],
)
def test_emails_are_normalised(text: str, expected: str | None) -> None:
    assert normalised_emails(pa.array([text])).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ab 12-34/5", "ab12345"), ("AB12345", "ab12345"), ("000-000", None), ("n/a", None), ("--", None)],
)
def test_national_ids_are_normalised(text: str, expected: str | None) -> None:
    assert normalised_national_ids(pa.array([text])).to_pylist() == [expected]


def test_customers_are_joined_over_a_third() -> None:
    early, late = date(2020, 1, 1), date(2021, 1, 1)
    assert persons(
        ("a", late, None, "N1", "a@x.org", BORN),
        ("b", early, None, None, "A@X.ORG", BORN),
        ("c", late, None, "n-1", None, None),
    ) == {"a": ("b", "national_id"), "b": ("b", "self"), "c": ("b", "national_id")}


def test_same_day_is_decided_by_the_smaller_id_and_an_unknown_day_comes_last() -> None:
    day = date(2020, 1, 1)
    assert persons(
        ("c", None, None, "N1", None, None), ("b", day, None, "N1", None, None), ("a", day, None, "N1", None, None)
    ) == {"a": ("a", "self"), "b": ("a", "national_id"), "c": ("a", "national_id")}


def test_email_alone_or_birth_date_alone_joins_nobody() -> None:
    found = persons(
        ("a", None, None, None, "x@x.org", BORN),
        ("b", None, None, None, "x@x.org", date(1999, 1, 1)),
        ("c", None, None, None, "x@x.org", None),
        ("d", None, None, None, None, BORN),
    )
    assert {person for person, _ in found.values()} == {"a", "b", "c", "d"}


def test_value_that_a_crowd_shares_joins_nobody() -> None:
    crowd: list[Row] = [(f"c{n}", None, None, "SAME", None, None) for n in range(MAX_SHARING + 1)]
    found = resolved(*crowd)
    assert found.persons.n_persons == MAX_SHARING + 1
    assert found.persons.n_ignored == 1
    assert resolved(*crowd[:-1]).persons.n_persons == 1


def test_versions_of_a_customer_are_one_customer_with_one_latest_row() -> None:
    found = resolved(
        ("a", BORN, date(2022, 1, 1), "N1", None, None),
        ("a", BORN, date(2024, 1, 1), "N2", None, None),
        ("a", BORN, None, "N3", None, None),
        ("b", BORN, None, "N1", None, None),
    )
    assert found.customer_ids.to_pylist() == ["a", "b"]
    assert found.is_latest.tolist() == [False, True, False, True]
    # An older version's national id still speaks for the customer.
    assert found.persons.n_persons == 1
