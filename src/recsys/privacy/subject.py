"""A person as the tables know them: the keys and hashes by which their rows are found, and what names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recsys.privacy.places import FoundBy, Place

_NAME = "full_name"
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

    @property
    def names(self) -> frozenset[str]:
        """Full names in either order, folded."""
        return frozenset(
            folded
            for contact in self.contacts.values()
            for text in _orders(contact.get(_NAME, ""))
            if len(folded := _folded(text)) >= _SHORTEST
        )

    @property
    def numbers(self) -> frozenset[str]:
        """What only this person has: e-mail, telephone, account and identity numbers, folded."""
        found = (_folded(contact.get(name, "")) for contact in self.contacts.values() for name in _SURE)
        return frozenset(text for text in found if len(text) >= _SHORTEST)


class RowSearch:
    """Tells of an opened row whether it is the person's."""

    def __init__(self, subject: Subject) -> None:
        self._ids = frozenset(subject.customer_ids)
        self._id_tokens = re.compile(
            r"(?<![^\W_])(?:" + "|".join(re.escape(one) for one in sorted(self._ids)) + r")(?![^\W_])"
        )
        self._named = subject.names | subject.numbers

    def owner(self, row: Mapping[str, Any]) -> str | None:
        """The customer id that the row names, as it stands there; None where there is none."""
        value = row.get("customer_id")
        return str(value).strip() or None if value is not None else None

    def is_own(self, row: Mapping[str, Any]) -> bool:
        """Whether the row says by its customer id that it is the person's."""
        return self.owner(row) in self._ids

    def mentions(self, row: Mapping[str, Any]) -> bool:
        """Whether the id, a name or a number of the person stands anywhere in the row."""
        texts = [text for value in row.values() for text in _texts(value)]
        if any(self._id_tokens.search(text) for text in texts):
            return True
        folded = [_folded(text) for text in texts]
        return any(named in text for text in folded for named in self._named)


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


def _folded(text: str) -> str:
    """Letters and digits only, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())
