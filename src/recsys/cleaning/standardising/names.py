"""Names of persons as they are written in a letter."""

from __future__ import annotations

import re

import pyarrow as pa

from recsys.cleaning.standardising.casing import capitalised, has_one_case
from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.suspects import matching, untidy
from recsys.cleaning.standardising.texts import settled, standard_line

_PARTICLES = frozenset(
    {"von", "van", "vom", "zu", "zum", "zur", "und", "de", "der", "den", "del", "della", "des", "di", "da", "das"}
    | {"do", "dos", "du", "af", "av", "ten", "ter", "te", "bin", "ibn", "el", "y"}
)
# They begin a family name with a capital: "Jean de La Fontaine".
_ARTICLES = frozenset({"la", "le", "lo"})
# What stands behind a comma and is no given name.
_SUFFIXES = frozenset(
    {
        "jr",
        "sr",
        "i",
        "ii",
        "iii",
        "iv",
        "md",
        "phd",
        "dds",
        "dvm",
        "msc",
        "bsc",
        "mba",
        "ba",
        "ma",
        "esq",
        "cpa",
        "llm",
    }
    | {"dipl", "dr", "prof", "mag", "sir", "inc", "ltd", "llc", "gmbh", "ag", "sa", "sarl", "plc", "co", "kg"}
)
_APOSTROPHES = str.maketrans("’‘`´ʼ", "'''''")
_REVERSED = re.compile(r"^([^,&/\d]+), ?([^,&/\d]+)$")
_VOWEL = re.compile("[aeiouyäöüåæøáàâéèêëíìîïóòôúùû]")
# A comma, an apostrophe of another kind, two capitals in a row, or no capital at all.
_CANDIDATES = r",|`|\p{Lu}\p{Lu}|^\P{Lu}*$"


def standard_names(values: pa.Array) -> pa.Array:
    """Names (n,) tidied as texts; "Family, Given" in the order of speech; words in capitals or small letters written
    with a capital, but for particles ("von", "de"), with those inside ("McDonald", "O'Brien", "Anna-Lena").

    Near misses stay: "King, Jr.", "Miller, Smith & Co", and a name of mixed case such as "Ludwig van Beethoven".
    """
    return replace_distinct(values, untidy(values) | matching(values, _CANDIDATES), standard_name)


def standard_name(name: str) -> str:
    """One name, as `standard_names`."""
    return settled(_standard, name)


def _standard(name: str) -> str:
    name = _in_order_of_speech(standard_line(name).translate(_APOSTROPHES))
    if has_one_case(name):
        return _capitalised(name)
    # French and Spanish forms write the family name in capitals: "Jean DUPONT".
    words = name.split(" ")
    return " ".join(
        (_particle_or_name(word, 0 < place < len(words) - 1) if _is_shouted(word) else word)
        for place, word in enumerate(words)
    )


def _particle_or_name(word: str, is_inside: bool) -> str:
    return word.lower() if is_inside and word.lower() in _PARTICLES else _capitalised(word)


def _in_order_of_speech(name: str) -> str:
    parts = _REVERSED.match(name)
    if parts is None:
        return name
    family, given = parts[1].strip(), parts[2].strip()
    words = given.lower().replace(".", " ").split()
    if not family or not words or _SUFFIXES.intersection(words):
        return name
    return f"{given} {family}"


def _capitalised(name: str) -> str:
    head, _, last = name.rpartition(" ")
    # The last word is a name, whatever else it might be: "Le", "Van" and "Do" are.
    words = capitalised(f"{head} {last}" if head else last, lambda word: word in _PARTICLES)
    return words if not head else f"{words.rpartition(' ')[0]} {capitalised(last, lambda word: False)}"


def _is_shouted(word: str) -> bool:
    # Two capitals are initials, "III" and "MBA" are what they are, and only an abbreviation has no vowel.
    small = word.lower()
    if small in _PARTICLES or small in _ARTICLES:
        return word.isupper()
    is_word = len(small) > 2 and small.strip(".") not in _SUFFIXES and bool(_VOWEL.search(small))
    return is_word and word.removeprefix("Mc").isupper()
