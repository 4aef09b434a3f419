"""How customers are called, reached and numbered: the personal data of the demo bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Ints, blank, choose, digit_codes, fixed_text, join, pick
from recsys.feed.demo.identifiers import (
    french_ibans,
    french_social_security_ids,
    german_ibans,
    german_tax_ids,
    irish_ibans,
    irish_service_numbers,
    phone_numbers,
)
from recsys.feed.demo.names import COUNTRIES, TOWNS, name_pools
from recsys.feed.demo.people import People

# Primes: a registration number times a constant, modulo one of them, never meets another registration number.
_SERIALS, _IRISH_SERIALS = 93_905_921, 9_999_991
_FOLDED = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("é", "e"), ("è", "e"), ("ê", "e"), ("ë", "e"),
           ("á", "a"), ("à", "a"), ("â", "a"), ("í", "i"), ("ï", "i"), ("î", "i"), ("ó", "o"), ("ô", "o"), ("ú", "u"),
           ("ù", "u"), ("û", "u"), ("ç", "c"), ("ñ", "n"), ("ø", "o"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contacts:
    """Texts of one block of `n` persons."""

    given: pa.Array
    family: pa.Array
    full_name: pa.Array
    email: pa.Array
    phone: pa.Array
    street: pa.Array
    postcode: pa.Array
    city: pa.Array
    national_id: pa.Array
    iban: pa.Array


def draw_contacts(rng: np.random.Generator, people: People) -> Contacts:
    """Names, addresses and numbers that fit the country, sex and birth of `people`."""
    n = len(people)
    given, family = _names(rng, people)
    serials = people.numbers * 7_368_787 % _SERIALS
    style = rng.integers(0, 3, n)
    postcodes = np.array([[code for _, code in towns] for towns in TOWNS])[people.country, people.town]
    has_no_email, has_no_phone = rng.random(n) < 0.06, rng.random(n) < 0.08
    return Contacts(
        given=given,
        family=family,
        full_name=join(given, family, separator=" "),
        email=blank(email_addresses(given, family, people.numbers), has_no_email),
        phone=blank(_by_country(people, lambda c: _by_style(c, serials, style)), has_no_phone),
        street=_streets(rng, people),
        postcode=fixed_text(digit_codes(postcodes * 1000 + rng.integers(1, 1000, n), 5)),
        city=_by_country(people, lambda c: pick([town for town, _ in TOWNS[c]], people.town)),
        national_id=blank(_by_country(people, lambda c: _national_ids(c, people)), rng.random(n) < 0.05),
        iban=_by_country(people, lambda c: (german_ibans, french_ibans, irish_ibans)[c](serials)),
    )


def email_addresses(given: pa.Array, family: pa.Array, numbers: Ints) -> pa.Array:
    """Addresses `(n,)` at domains that are reserved for examples; the number keeps namesakes apart."""
    domains = pick(("@example.com", "@example.org", "@example.net"), numbers % 3)
    local = pc.utf8_lower(join(given, family, separator="."))
    for accented, plain in _FOLDED:
        local = pc.replace_substring(local, accented, plain)
    return join(local, pc.cast(pa.array(numbers), pa.string()), domains)


def _names(rng: np.random.Generator, people: People) -> tuple[pa.Array, pa.Array]:
    n = len(people)
    draws, is_double = rng.random((4, n)), rng.random(n) < 0.08

    def given(country: int) -> pa.Array:
        men, women = name_pools()[country].given_names
        return choose(people.is_female, pick(women, _place(draws[0], women)), pick(men, _place(draws[0], men)))

    def family(country: int) -> pa.Array:
        pool = name_pools()[country].family_names
        single = pick(pool, _place(draws[1], pool))
        return choose(is_double, join(single, pick(pool, _place(draws[2], pool)), separator="-"), single)

    return _by_country(people, given), _by_country(people, family)


def _streets(rng: np.random.Generator, people: People) -> pa.Array:
    draw = rng.random(len(people))
    houses = pc.cast(pa.array(rng.integers(1, 180, len(people))), pa.string())

    def street(country: int) -> pa.Array:
        pool = name_pools()[country].streets
        name = pick(pool, _place(draw, pool))
        return join(name, houses, separator=" ") if country == 0 else join(houses, name, separator=" ")

    return _by_country(people, street)


def _national_ids(country: int, people: People) -> pa.Array:
    serials = people.numbers * 7_368_787 % _SERIALS
    if country == 0:
        return german_tax_ids(serials * 53)
    if country == 1:
        return french_social_security_ids(people.is_female, people.born.astype("datetime64[D]"), serials)
    return irish_service_numbers(people.numbers * 7_368_787 % _IRISH_SERIALS)


def _by_style(country: int, serials: Ints, style: Ints) -> pa.Array:
    first, second, third = (phone_numbers(country, serials, k) for k in range(3))
    return choose(style == 0, first, choose(style == 1, second, third))


def _by_country(people: People, make: Callable[[int], pa.Array]) -> pa.Array:
    """`make(country)` for all, then each person's own."""
    columns = [make(country) for country in range(len(COUNTRIES))]
    return choose(people.country == 0, columns[0], choose(people.country == 1, columns[1], columns[2]))


def _place(draw: np.ndarray, pool: pa.Array) -> Ints:
    return (draw * len(pool)).astype(np.int64)
