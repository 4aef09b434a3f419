"""One block of customers: who they are, how they are reached, and which of them the bank has twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, Ints, numbered
from recsys.feed.demo.contacts import Contacts, draw_contacts
from recsys.feed.demo.people import People, draw_people

DUPLICATE_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Block:
    """`n` customers: first the persons, then the second registrations of some of them."""

    people: People
    contacts: Contacts
    customer_ids: pa.Array  # (n,)
    originals: Ints  # (n_duplicates,) places of the persons who are registered twice
    is_same_national_id: Bools  # (n_duplicates,) otherwise it is the e-mail address and birth date that are the same
    registered_again: Ints  # (n_duplicates,) days

    @property
    def n_persons(self) -> int:
        return len(self.people)

    def owners(self, rng: np.random.Generator, persons: Ints, days: Ints) -> Ints:
        """Under which registration each event of a person was booked: after the second one, under either."""
        second, since = np.full(self.n_persons, -1), np.zeros(self.n_persons, np.int64)
        second[self.originals] = self.n_persons + np.arange(len(self.originals))
        since[self.originals] = self.registered_again
        is_second = (second[persons] >= 0) & (days >= since[persons]) & (rng.random(len(persons)) < 0.5)
        return np.where(is_second, second[persons], persons)


def draw_block(rng: np.random.Generator, first: int, n: int, as_of: date) -> Block:
    """Customers with the registration numbers `first` to `first + n - 1`, in no order."""
    n_duplicates = int(n * DUPLICATE_SHARE)
    numbers = rng.permutation(np.arange(first, first + n, dtype=np.int64))
    people = draw_people(rng, numbers[: n - n_duplicates], as_of)
    contacts = draw_contacts(rng, people)
    has_national_id, has_email = (_is_known(contacts.national_id), _is_known(contacts.email))
    originals = rng.permutation(np.nonzero(has_national_id | has_email)[0])[:n_duplicates]
    today = (as_of - date(1970, 1, 1)).days
    since = people.registered[originals]
    return Block(
        people=people,
        contacts=contacts,
        customer_ids=numbered("C", numbers, 8),
        originals=originals,
        is_same_national_id=has_national_id[originals] & (~has_email[originals] | (rng.random(len(originals)) < 0.5)),
        registered_again=since + 1 + (rng.random(len(originals)) * (today - since - 1)).astype(np.int64),
    )


def _is_known(values: pa.Array) -> Bools:
    return np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False))
