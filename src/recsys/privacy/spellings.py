"""The spellings under which a customer's values are looked for in free text, folded (see `folding`).

Names keep one space between their words, which counts for very short names only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from recsys.privacy.folding import WORD, fold, fold_names

_CODES = frozenset(COUNTRY_CODE_TO_REGION_CODE)
# Words in a full name that are no names.
TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame", "herr", "frau", "monsieur", "madame", "dipl", "ing", "med"}
    | {"mag", "univ", "jr", "sr", "ii", "iii", "iv", "md", "phd", "dds", "dvm", "msc", "bsc", "mba", "ba", "ma"}
)
# Words in a family name that are written small.
PARTICLES = frozenset(
    {"al", "bin", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "ter", "van", "von", "zu"}
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "Å": "Aa"})


@dataclass(frozen=True, slots=True)
class Identity:
    """A contract column of `customers` by which a person is known: its tag, its spellings, the shortest one searched.

    Shorter spellings would turn everyday words or amounts into tags.
    """

    tag: str
    spell: Callable[[str], Iterator[str]]
    min_length: int


def spell_name(full_name: str) -> Iterator[str]:
    """Spellings of a name: "Ann Mary Lee" also as "Lee, Ann Mary", "Ann Lee" and "Lee Ann", without titles.

    Every rotation of the words is one, because nobody says how many of them are the family name.
    """
    for name in {full_name, full_name.translate(UMLAUTS)}:
        words = fold_names(name).split()
        yield " ".join(words)
        words = [word for word in words if word not in TITLES]
        yield from _rotations(words)
        if len(words) > 2:
            yield from _rotations([words[0], words[-1]])


def spell_street(street: str) -> Iterator[str]:
    """Spellings of a street with house number: "12 High Street" also as "High Street 12"."""
    for text in {street, street.translate(UMLAUTS)}:
        words = [fold(word) for word in WORD.findall(text)]
        yield "".join(words)
        if words and words[0].isdecimal():
            yield "".join([*words[1:], words[0]])
        if words and words[-1].isdecimal():
            yield "".join([words[-1], *words[:-1]])


def spell_exactly(value: str) -> Iterator[str]:
    """The one spelling of an address or number; its spaces and punctuation do not count."""
    yield fold(value)


def spell_phone(phone: str) -> Iterator[str]:
    """Spellings of a telephone number: "+49 30 ..." also as "0049 30 ..." and, as written at home, "030 ..."."""
    digits = fold(phone)
    yield digits
    yield digits.removeprefix("00") if digits.startswith("00") else f"00{digits}"
    if phone.startswith("+"):
        # No calling code begins with another one.
        national = next((digits[n:] for n in (1, 2, 3) if digits[:n].isdecimal() and int(digits[:n]) in _CODES), "")
        yield from (national, f"0{national}")


# A customer id that is short, such as "17", is not looked for: it would be found in every amount.
IDENTITIES: Mapping[str, Identity] = {
    "full_name": Identity("PERSON", spell_name, 4),
    "email": Identity("EMAIL_ADDRESS", spell_exactly, 6),
    "phone": Identity("PHONE_NUMBER", spell_phone, 6),
    "street": Identity("STREET_ADDRESS", spell_street, 6),
    "national_id": Identity("NATIONAL_ID", spell_exactly, 5),
    "iban": Identity("IBAN_CODE", spell_exactly, 8),
    "customer_id": Identity("CUSTOMER_ID", spell_exactly, 6),
}

# What a bank declares beyond the contract as contact data: passport numbers, user names, ...
OTHER_IDENTITY = Identity("PERSONAL", spell_exactly, 6)


def _rotations(words: list[str]) -> Iterator[str]:
    for first in range(len(words)):
        yield " ".join(words[first:] + words[:first])
