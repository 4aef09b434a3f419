"""How customers are called, reached and numbered: the personal data of the demo bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Ints, blank, choose, digit_codes, fixed_text, join, pick
from recsys.feed.demo.households import Households
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
_SERIALS, _GERMAN_SERIALS, _IRISH_SERIALS = 93_905_921, 29_393_279, 9_999_991
_PHONE_SERIALS = 49_999_991  # as many as there are mobile numbers in Ireland
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


def draw_contacts(rng: np.random.Generator, people: People, households: Households) -> Contacts:
    """Names, addresses and numbers that fit the country, sex, birth and household of `people`."""
    n = len(people)
    given, family = _names(rng, people)
    given, family = given.take(pa.array(households.given)), family.take(pa.array(households.family))
    address, phone, account = (pa.array(getattr(households, name)) for name in ("address", "phone", "account"))
    serials = people.numbers * 7_368_787 % _SERIALS
    phones = people.numbers * 7_368_787 % _PHONE_SERIALS
    style = rng.integers(0, 3, n)
    postcodes = np.array([[code for _, code in towns] for towns in TOWNS])[people.country, people.town]
    has_no_email, has_no_phone = rng.random(n) < 0.06, rng.random(n) < 0.08
    return Contacts(
        given=given,
        family=family,
        full_name=join(given, family, separator=" "),
        email=blank(email_addresses(given, family, people.numbers), has_no_email),
        phone=blank(_by_country(people.country, lambda c: _by_style(c, phones, style)), has_no_phone).take(phone),
        street=draw_streets(rng, people.country).take(address),
        postcode=fixed_text(digit_codes(postcodes * 1000 + rng.integers(1, 1000, n), 5)).take(address),
        city=_by_country(people.country, lambda c: pick([town for town, _ in TOWNS[c]], people.town)),
        national_id=blank(_by_country(people.country, lambda c: _national_ids(c, people)), rng.random(n) < 0.05),
        iban=_by_country(people.country, lambda c: (german_ibans, french_ibans, irish_ibans)[c](serials)).take(account),
    )


def email_addresses(given: pa.Array, family: pa.Array, numbers: Ints) -> pa.Array:
    """Addresses `(n,)` at domains that are reserved for examples; the number keeps namesakes apart."""
    domains = pick(("@example.com", "@example.org", "@example.net"), numbers % 3)
    local = pc.replace_substring_regex(folded(pc.utf8_lower(join(given, family, separator="."))), r"\.+", ".")
    return join(local, pc.cast(pa.array(numbers), pa.string()), domains)


def folded(texts: pa.Array) -> pa.Array:
    """Texts `(n,)` without accents: `ä` as `ae`, `é` as `e`."""
    for accented, plain in _FOLDED:
        texts = pc.replace_substring(texts, accented, plain)
    return texts


def family_names(country: Ints, draw: np.ndarray) -> pa.Array:
    """A family name of each `country` `(n,)`, at the place `draw` (0 to 1) among those of customers."""
    pools = [pool.family_names for pool in name_pools()]
    return _by_country(country, lambda c: pick(pools[c], _place(draw, pools[c])))


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

    return _by_country(people.country, given), _by_country(people.country, family)


def draw_streets(rng: np.random.Generator, country: Ints) -> pa.Array:
    """Streets with house numbers, as each `country` `(n,)` writes them."""
    draw = rng.random(len(country))
    houses = pc.cast(pa.array(rng.integers(1, 180, len(country))), pa.string())

    def street(place: int) -> pa.Array:
        pool = name_pools()[place].streets
        name = pick(pool, _place(draw, pool))
        return join(name, houses, separator=" ") if place == 0 else join(houses, name, separator=" ")

    return _by_country(country, street)


def _national_ids(country: int, people: People) -> pa.Array:
    if country == 0:
        return german_tax_ids(people.numbers * 7_368_787 % _GERMAN_SERIALS)
    if country == 1:
        serials = people.numbers * 7_368_787 % _SERIALS
        return french_social_security_ids(people.is_female, people.born.astype("datetime64[D]"), serials)
    return irish_service_numbers(people.numbers * 7_368_787 % _IRISH_SERIALS)


def _by_style(country: int, serials: Ints, style: Ints) -> pa.Array:
    first, second, third = (phone_numbers(country, serials, k) for k in range(3))
    return choose(style == 0, first, choose(style == 1, second, third))


def _by_country(country: Ints, make: Callable[[int], pa.Array]) -> pa.Array:
    """`make(country)` for all, then each person's own."""
    columns = [make(place) for place in range(len(COUNTRIES))]
    return choose(country == 0, columns[0], choose(country == 1, columns[1], columns[2]))


def _place(draw: np.ndarray, pool: pa.Array) -> Ints:
    return (draw * len(pool)).astype(np.int64)
