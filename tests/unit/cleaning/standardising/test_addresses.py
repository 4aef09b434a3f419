from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.addresses import standard_address_lines
from recsys.cleaning.standardising.postcodes import standard_postcodes

LINES = [
    ("HAUPTSTRASSE 5", "Hauptstrasse 5"),
    ("hauptstraße 12a", "Hauptstraße 12a"),
    ("HAUPTSTRAßE 12", "Hauptstraße 12"),
    ("12 RUE DE LA PAIX", "12 Rue de la Paix"),
    ("FRANKFURT AM MAIN", "Frankfurt am Main"),
    ("AM MARKT 1", "Am Markt 1"),
    ("aix-en-provence", "Aix-en-Provence"),
    ("L'HAŸ-LES-ROSES", "L'Haÿ-les-Roses"),
    (" Köln ", "Köln"),
    ("MÃ¼nchen", "München"),
]
SAME_LINES = ["Musterweg 3 B", "12 B", "U2", "Frankfurt am Main", "10 Downing Street", "McCarthy Rd", "東京", None]
POSTCODES = [
    ("d-10115", "DE", "10115"),
    ("DE 10115", "DE", "10115"),
    ("10 115", "DE", "10115"),
    ("F-75001", "FR", "75001"),
    ("d02x285", "IE", "D02 X285"),
    ("sw1a1aa", "GB", "SW1A 1AA"),
    ("1234ab", "NL", "1234 AB"),
    ("00-950 ", "PL", "00-950"),
    ("11455", "SE", "11455"),
    (" 10115", None, "10115"),
]
SAME_POSTCODES = [("1067", "DE"), ("ABC", "DE"), ("D-1011", "DE"), ("10115", None), ("SW1A 1AA", "GB"), (None, "DE")]


@pytest.mark.parametrize(("found", "expected"), LINES)
def test_street_or_town_is_written_as_on_a_letter(found: str, expected: str) -> None:
    assert standard_address_lines(pa.array([found])).to_pylist() == [expected]


@pytest.mark.parametrize("line", SAME_LINES)
def test_street_or_town_that_is_right_or_may_be_stays(line: str | None) -> None:
    assert standard_address_lines(pa.array([line], pa.string())).to_pylist() == [line]


@pytest.mark.parametrize(("found", "country", "expected"), POSTCODES)
def test_postcode_is_written_as_in_its_country(found: str, country: str | None, expected: str) -> None:
    countries = pa.array([country], pa.string())
    assert standard_postcodes(pa.array([found]), countries).to_pylist() == [expected]


@pytest.mark.parametrize(("postcode", "country"), SAME_POSTCODES)
def test_postcode_that_its_country_does_not_know_stays(postcode: str | None, country: str | None) -> None:
    countries = pa.array([country], pa.string())
    assert standard_postcodes(pa.array([postcode], pa.string()), countries).to_pylist() == [postcode]
