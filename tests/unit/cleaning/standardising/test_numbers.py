from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.ibans import standard_ibans
from recsys.cleaning.standardising.national_ids import standard_national_ids

IBANS = [
    ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("de89370400440532013000", "DE89370400440532013000"),
    ("IBAN: DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "DE89370400440532013000"),
    ("GB82-WEST-1234-5698-7654-32", "GB82WEST12345698765432"),
    ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
]
SAME_IBANS = [
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 01",
    "DE89 3704 0044 0532 0130 0",
    "XX89 3704 0044 0532 0130 00",
    "0532013000 / 37040044",
    "cash",
    None,
]
IDS = [
    ("36 574 261 809", "DE", "36574261809"),
    ("2 95 10 99 126 111 93", "FR", "295109912611193"),
    ("6433435 f", "IE", "6433435F"),
    ("6433435f", "IE", "6433435F"),
    ("rca md q35 l16-x", "IT", "rca md q35 l16-x"),
    ("RCC MNL 83S18 D969H", "IT", "RCCMNL83S18D969H"),
    ("54.362.315-k", "ES", "54.362.315-k"),
    ("54362315-K", "ES", "54362315K"),
    ("131052-308t", "FI", "131052-308T"),
]
SAME_IDS = [
    ("36 574 261 808", "DE"),
    ("36 574 261 809", "FR"),
    ("36 574 261 809", None),
    ("36574261809", "DE"),
    ("ID-1", "DE"),
    ("unknown", "ZZ"),
    (None, "DE"),
]


@pytest.mark.parametrize(("found", "expected"), IBANS)
def test_valid_iban_is_compact(found: str, expected: str) -> None:
    assert standard_ibans(pa.array([found])).to_pylist() == [expected]


@pytest.mark.parametrize("iban", SAME_IBANS)
def test_iban_that_is_compact_or_wrong_stays(iban: str | None) -> None:
    assert standard_ibans(pa.array([iban], pa.string())).to_pylist() == [iban]


@pytest.mark.parametrize(("found", "country", "expected"), IDS)
def test_national_id_with_a_right_checksum_is_compact(found: str, country: str, expected: str) -> None:
    assert standard_national_ids(pa.array([found]), pa.array([country])).to_pylist() == [expected]


@pytest.mark.parametrize(("national_id", "country"), SAME_IDS)
def test_national_id_that_its_country_does_not_know_stays(national_id: str | None, country: str | None) -> None:
    countries = pa.array([country], pa.string())
    assert standard_national_ids(pa.array([national_id], pa.string()), countries).to_pylist() == [national_id]
