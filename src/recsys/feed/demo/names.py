"""Pools of names, streets and towns, from which customers are combined."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

import pyarrow as pa

COUNTRIES = ("DE", "FR", "IE")
COUNTRY_SHARES = (0.62, 0.23, 0.15)
LANGUAGES = ("de", "fr", "en")
_LOCALES = ("de_DE", "fr_FR", "en_IE")

TOWNS: tuple[tuple[tuple[str, int], ...], ...] = (
    (
        ("Berlin", 10),
        ("Hamburg", 20),
        ("Hannover", 30),
        ("Köln", 50),
        ("Frankfurt", 60),
        ("Stuttgart", 70),
        ("München", 80),
        ("Nürnberg", 90),
        ("Leipzig", 4),
        ("Dresden", 1),
    ),
    (
        ("Paris", 75),
        ("Marseille", 13),
        ("Lyon", 69),
        ("Toulouse", 31),
        ("Nice", 6),
        ("Nantes", 44),
        ("Strasbourg", 67),
        ("Bordeaux", 33),
        ("Lille", 59),
        ("Rennes", 35),
    ),
    (
        ("Dublin", 1),
        ("Cork", 21),
        ("Limerick", 61),
        ("Galway", 62),
        ("Waterford", 63),
        ("Kilkenny", 64),
        ("Sligo", 65),
        ("Athlone", 66),
        ("Tralee", 67),
        ("Dundalk", 68),
    ),
)


@dataclass(frozen=True, slots=True)
class NamePool:
    """Names of one country. Nobody whose family name is among `outsider_names` is ever a customer."""

    given_names: tuple[pa.Array, pa.Array]  # men, women
    family_names: pa.Array
    outsider_names: pa.Array
    streets: pa.Array


@cache
def name_pools() -> tuple[NamePool, ...]:
    """One pool for each of `COUNTRIES`, from faker's word lists."""
    return tuple(_pool(index, locale) for index, locale in enumerate(_LOCALES))


def _pool(country: int, locale: str) -> NamePool:
    words = import_module(f"faker.providers.person.{locale}").Provider
    families = sorted({name for name in words.last_names if name.isalpha() and len(name) > 3})
    return NamePool(
        given_names=(_given(words.first_names_male), _given(words.first_names_female)),
        family_names=pa.array([name for place, name in enumerate(families) if place % 5]),
        outsider_names=pa.array(families[::5]),
        streets=pa.array([street for name in families[1::5] for street in _streets(country, name)]),
    )


def _given(names: tuple[str, ...]) -> pa.Array:
    return pa.array(sorted({name for name in names if name.replace("-", "").isalpha() and len(name) > 2}))


def _streets(country: int, family: str) -> tuple[str, ...]:
    if country == 0:
        return (f"{family}straße", f"{family}weg", f"{family}platz")
    if country == 1:
        return (f"rue {family}", f"avenue {family}", f"place {family}")
    return (f"{family} Road", f"{family} Street", f"{family} Park")
