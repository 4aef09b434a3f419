from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, strategies

from recsys.cleaning.standardising.columns import originals_to_keep, standardise
from recsys.feed.columns import Column, Kind, Privacy, Purpose, Standard
from recsys.feed.contract import CUSTOMERS, TABLES, TRANSACTIONS

# What makes a difference to one standard or another, so that random texts meet their rules.
PIECES = [
    "Ada", "LOVELACE", "hopper", ",", " ", "  ", "-", "'", "’", "van", "DE", "MC", "von", "ß", "É", "ü", "Ã¼", "â‚¬",
    "\u0301", "\u200b", "\u00a0", "\n", "&amp;", "&", ";", ".", "/", "0", "1", "12", "1979", "2026", "07", "31", "+49",
    "0049", "151", "12345678", "@", "example.org", "EXAMPLE", "mailto:", "<", ">", "DE89", "3704", "0044", "juli",
    "Juillet", "€", "$", "Germany", "deu", "EUR", "euros", "T00:00", "III", "(", ")", "D-", "10115", "ex", "\u0130",
]  # fmt: skip
TEXTS = strategies.lists(strategies.one_of(strategies.sampled_from(PIECES), strategies.text(max_size=3))).map("".join)
COUNTRIES = strategies.sampled_from(["DE", "FR", "IE", "GB", "US", "Germany", "ZZ", None])


def column(standard: Standard | None, privacy: Privacy = Privacy.ENCRYPT, name: str = "value") -> Column:
    return Column(name, Kind.TEXT, privacy, Purpose.CONTACT, "", standard=standard)


def country() -> Column:
    return column(Standard.COUNTRY, Privacy.KEEP, "country")


@pytest.mark.parametrize("standard", Standard)
@given(texts=strategies.lists(strategies.tuples(strategies.none() | TEXTS, COUNTRIES), min_size=1, max_size=8))
def test_standardising_twice_is_standardising_once(
    standard: Standard, texts: list[tuple[str | None, str | None]]
) -> None:
    values, countries = zip(*texts, strict=True)
    columns = [column(standard), country()]
    found = {"value": pa.array(values, pa.string()), "country": pa.array(countries, pa.string())}
    once = standardise(columns, found)
    twice = standardise(columns, once.values)
    assert twice.values["value"].to_pylist() == once.values["value"].to_pylist()
    assert "value" not in twice.changed


@pytest.mark.parametrize("standard", Standard)
@given(texts=strategies.lists(strategies.none() | TEXTS, min_size=1, max_size=8))
def test_no_value_is_invented_and_changes_are_named_row_by_row(standard: Standard, texts: list[str | None]) -> None:
    found = {"value": pa.array(texts, pa.string())}
    standardised = standardise([column(standard)], found)
    after = standardised.values["value"].to_pylist()
    assert [value is None for value in after] == [value is None for value in texts]
    changed = standardised.changed.get("value", np.zeros(len(texts), dtype=bool))
    assert changed.tolist() == [old != new for old, new in zip(texts, after, strict=True)]


@pytest.mark.parametrize("standard", Standard)
@given(texts=strategies.lists(TEXTS, min_size=2, max_size=8))
def test_value_is_standardised_alike_whatever_stands_beside_it(standard: Standard, texts: list[str]) -> None:
    def values(column_of: list[str]) -> list[str]:
        return list(standardise([column(standard)], {"value": pa.array(column_of)}).values["value"].to_pylist())

    assert values(texts) == [value for text in texts for value in values([text])]


def test_telephone_is_read_by_the_country_that_was_standardised_itself() -> None:
    columns = [column(Standard.PHONE, name="phone"), country()]
    found = {"phone": pa.array(["030 123456", "030 123456"]), "country": pa.array(["Deutschland", "nowhere"])}
    assert standardise(columns, found).values["phone"].to_pylist() == ["+4930123456", "030 123456"]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_texts_of_a_parquet_file_are_standardised_in_every_layout(kind: pa.DataType) -> None:
    found = {"value": pa.array([" a ", None, "b"]).cast(kind)}
    assert standardise([column(Standard.TEXT)], found).values["value"].to_pylist() == ["a", None, "b"]


def test_typed_values_and_columns_without_a_standard_stay_as_they_are() -> None:
    found = {"value": pa.array([20240101, 5]), "other": pa.array([" a ", "b"])}
    standardised = standardise([column(Standard.DATE), column(None, name="other")], found)
    assert standardised.values == found
    assert standardised.changed == {}


def test_originals_are_kept_of_personal_values_that_cannot_be_told_from_their_standard() -> None:
    columns = [
        column(Standard.NAME, Privacy.ENCRYPT, "full_name"),
        column(Standard.IBAN, Privacy.PSEUDONYMISE, "iban"),
        column(Standard.TEXT, Privacy.KEEP, "segment"),
        column(Standard.TEXT, Privacy.DROP, "counterparty_name"),
    ]
    found = {
        "full_name": pa.array(["ADA LOVELACE", " Grace Hopper", "Alan Turing"]),
        "iban": pa.array(["DE89 3704 0044 0532 0130 00", "de89370400440532013000", None]),
        "segment": pa.array(["CafÃ©", "b", "c"]),
        "counterparty_name": pa.array(["CafÃ©", "b", "c"]),
    }
    standardised = standardise(columns, found)
    assert set(standardised.changed) == set(found)
    originals = originals_to_keep(columns, found, standardised.values, standardised.changed)
    assert {name: texts.to_pylist() for name, texts in originals.items()} == {
        "full_name": ["ADA LOVELACE", None, None],
        "iban": [None, "de89370400440532013000", None],
    }


def test_ids_and_choices_of_the_contract_have_no_standard() -> None:
    for table in TABLES:
        for declared in table.columns:
            is_id = declared.name.endswith("_id") and declared.name != "national_id"
            assert not (is_id or declared.choices) or declared.standard is None, declared.name


def test_every_day_and_every_contact_column_of_the_contract_has_its_standard() -> None:
    assert all(c.standard is Standard.DATE for table in TABLES for c in table.columns if c.kind is Kind.DATE)
    assert all(c.standard for c in CUSTOMERS.columns if c.privacy is Privacy.ENCRYPT)
    assert TRANSACTIONS.column("counterparty_iban").standard is Standard.IBAN


def test_accepted_spelling_becomes_its_canonical_value_once_it_is_standardised() -> None:
    columns, found = [column(Standard.ADDRESS)], {"value": pa.array(["HAMBRUG", "Hambrug", None, "Hamburg", "Lyon"])}
    canonical = {"value": {"Hambrug": "Hamburg", "Pairs": "Paris"}, "other": {"Lyon": "Paris"}}
    standardised = standardise(columns, found, canonical)
    assert standardised.values["value"].to_pylist() == ["Hamburg", "Hamburg", None, "Hamburg", "Lyon"]
    assert standardised.changed["value"].tolist() == [True, True, False, False, False]
    kept = originals_to_keep(columns, found, standardised.values, standardised.changed)
    assert kept["value"].to_pylist() == ["HAMBRUG", "Hambrug", None, None, None]


def test_columns_stay_the_very_same_where_no_accepted_spelling_occurs() -> None:
    found = {"value": pa.array(["Hamburg", "Lyon"])}
    for canonical in ({"value": {}}, {"value": {"Hambrug": "Hamburg"}}):
        standardised = standardise([column(Standard.ADDRESS)], found, canonical)
        assert standardised.values["value"] is found["value"]
        assert standardised.changed == {}
