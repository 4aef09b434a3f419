"""A person as the tables know them: the keys and hashes by which their rows are found, and what names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recsys.privacy.places import FoundBy, Place

_NAME, _BORN = "full_name", "birth_date"
_SURE = ("email", "phone", "iban", "national_id")
# Shorter texts would be found everywhere.
_SHORTEST = 6
# What of a column is compared, as `ops.condition_on` names it.
_PARTS = {FoundBy.ROW_KEY: "first", FoundBy.WITHIN: "within"}


@dataclass(frozen=True, slots=True)
class Subject:
    r"""One person: all customers that they are, or an id that no customer has.

    `contacts` are unsealed, by customer id; `customer_hashes` those of quarantine and originals, as `\x` texts;
    `source_hashes` those of `identity.source_rows`; `person_keys` also those under which the person was published.
    """

    customer_ids: Sequence[str]
    customer_keys: Sequence[str]
    person_keys: Sequence[str]
    customer_hashes: Sequence[str]
    source_hashes: Sequence[str]
    tombstones: Sequence[str]
    contacts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_known: bool = True

    def wanted(self, place: Place) -> dict[str, list[str]]:
        """By column the values that the person's rows have in `place`; empty where they have to be searched for."""
        if place.found_by in _PARTS:
            return {f"{_PARTS[place.found_by]}:{name}": list(self.customer_keys) for name in place.columns}
        values = {
            FoundBy.CUSTOMER_ID: self.customer_ids,
            FoundBy.CUSTOMER_KEY: self.customer_keys,
            FoundBy.PERSON_KEY: self.person_keys,
            FoundBy.CUSTOMER_HASH: self.customer_hashes,
            FoundBy.TOMBSTONE_HASH: self.tombstones,
            FoundBy.SEARCH: self.customer_hashes,
        }[place.found_by]
        keys = {
            "customer_key": self.customer_keys, "person_key": self.person_keys, "key_hash": self.source_hashes,
        }  # fmt: skip
        return {name: list(keys.get(name, values)) for name in place.columns}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a request that was cut off knew of the person."""

    customer_ids: Sequence[str] = ()
    customer_keys: Sequence[str] = ()
    person_keys: Sequence[str] = ()
    contacts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_known: bool = False

    @classmethod
    def of(cls, subject: Subject) -> Kept:
        """What there is to be kept of `subject`; the rest follows from it."""
        return cls(subject.customer_ids, subject.customer_keys, subject.person_keys, subject.contacts, subject.is_known)


class RowSearch:
    """Tells of an opened row whether it is the person's.

    A row that has a customer id, and it is not the person's, is somebody else's unless its own e-mail address,
    telephone, account or identity number is the person's: people share names, and pay to each other's accounts. Of a
    row without an id it is enough that the id or such a number stands anywhere in it, or the full name beside the
    birth date.
    """

    def __init__(self, subject: Subject) -> None:
        self._ids = frozenset(subject.customer_ids)
        contacts = list(subject.contacts.values())
        self._own = {
            name: {folded for one in contacts if len(folded := _folded(one.get(name, ""))) >= _SHORTEST}
            for name in _SURE
        }
        self._id_tokens = _any_of(re.escape(one) for one in self._ids)
        self._numbers = _any_of(
            _email(one[name]) if name == "email" else _spaced(one[name])
            for one in contacts
            for name in _SURE
            if len(_folded(one.get(name, ""))) >= _SHORTEST
        )
        self._names_with_days = [
            (_any_of(map(_spaced_words, _orders(one[_NAME]))), _any_of(map(_spaced, _day_orders(one[_BORN]))))
            for one in contacts
            if _folded(one.get(_NAME, "")) and _folded(one.get(_BORN, ""))
        ]

    def owner(self, row: Mapping[str, Any]) -> str | None:
        """The customer id that the row names, as it stands there; None where there is none."""
        value = row.get("customer_id")
        return str(value).strip() or None if value is not None else None

    def is_own(self, row: Mapping[str, Any]) -> bool:
        """Whether the row says by its customer id that it is the person's."""
        return self.owner(row) in self._ids

    def is_of_person(self, row: Mapping[str, Any]) -> bool:
        """Whether the row, which has not the person's id, is theirs by what else it says."""
        if any(_folded(str(row.get(name) or "")) in own for name, own in self._own.items()):
            return True
        if self.owner(row) is not None:
            return False
        texts = [text for value in row.values() for text in _texts(value)]
        whole = _plain("\n".join(texts))
        if any(self._id_tokens.search(text) for text in texts) or self._numbers.search(whole):
            return True
        return any(name.search(whole) and day.search(whole) for name, day in self._names_with_days)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


def _orders(name: str) -> tuple[str, ...]:
    given, _, family = name.strip().partition(" ")
    return (name, f"{family} {given}") if family else (name,)


def _day_orders(day: str) -> tuple[str, ...]:
    """A day of ISO 8601 as people write it."""
    parts = day[:10].split("-")
    if len(parts) != 3:
        return (day,)
    year, month, of_month = parts
    return tuple(
        " ".join(order) for order in ((year, month, of_month), (of_month, month, year), (month, of_month, year))
    )


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """What finds any of them where no letter or digit is on either side; without any it finds nothing."""
    found = sorted(set(patterns))
    return re.compile(r"(?<![^\W_])(?:" + "|".join(found) + r")(?![^\W_])" if found else r"(?!)")


def _spaced(number: str) -> str:
    """A number however it is grouped."""
    return r"[^\w\n]*".join(map(re.escape, _folded(number)))


def _spaced_words(name: str) -> str:
    return r"[\W_]+".join(map(re.escape, re.findall(r"[^\W_]+", _plain(name))))


def _email(address: str) -> str:
    """An address, and not the end or the beginning of a longer one."""
    return r"(?<![\w.+-])" + re.escape(_plain(address.strip())) + r"(?!-|\.\w)"


def _plain(text: str) -> str:
    """Without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _folded(text: str) -> str:
    """Letters and digits only, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())
