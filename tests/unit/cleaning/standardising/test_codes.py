from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.countries import standard_countries
from recsys.cleaning.standardising.currencies import standard_currencies

COUNTRIES = {
    "Germany": "DE", "DEUTSCHLAND": "DE", "Allemagne": "DE", "Niemcy": "DE", "deu": "DE", "276": "DE", "de": "DE",
    " Ireland ": "IE", "Éire": "IE", "eire": "IE", "Irlande": "IE", "UK": "GB", "United Kingdom": "GB", "England": "GB",
    "U.S.A.": "US", "United States": "US", "Österreich": "AT", "Osterreich": "AT", "Czech Republic": "CZ",
    "Czechia": "CZ", "Niger": "NE", "Nigeria": "NG", "Côte d’Ivoire": "CI", "Ελλάδα": "GR", "Россия": "RU",
}  # fmt: skip
CURRENCIES = {
    "€": "EUR", "Euro": "EUR", "EUROS": "EUR", "eur": "EUR", " EUR": "EUR", "£": "GBP", "US$": "USD",
    "US Dollar": "USD", "Schweizer Franken": "CHF", "Kč": "CZK", "zł": "PLN", "Forint hongrois": "HUF",
}  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), COUNTRIES.items())
def test_country_becomes_its_code(found: str, expected: str) -> None:
    assert standard_countries(pa.array([found, expected])).to_pylist() == [expected, expected]


@pytest.mark.parametrize("country", ["DE", "XX", "Atlantis", "EU", "D", "D E U T", "", None])
def test_country_that_nobody_knows_stays(country: str | None) -> None:
    assert standard_countries(pa.array([country], pa.string())).to_pylist() == [country]


@pytest.mark.parametrize(("found", "expected"), CURRENCIES.items())
def test_currency_becomes_its_code(found: str, expected: str) -> None:
    assert standard_currencies(pa.array([found])).to_pylist() == [expected]


@pytest.mark.parametrize("currency", ["EUR", "$", "kr", "¥", "Dollar", "XQQ", "", None])
def test_currency_that_could_be_several_stays(currency: str | None) -> None:
    assert standard_currencies(pa.array([currency], pa.string())).to_pylist() == [currency]
