"""One block of customers: who they are, how they are reached, and which of them the bank has twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, Ints, numbered
from recsys.feed.demo.contacts import Contacts, draw_contacts
from recsys.feed.demo.duplicates import DUPLICATE_SHARE, Duplicates, draw_duplicates
from recsys.feed.demo.households import Households, draw_households
from recsys.feed.demo.people import People, draw_people


@dataclass(frozen=True, slots=True)
class Block:
    """`n` customers: first the persons, then the second registrations of some of them."""

    people: People
    contacts: Contacts
    households: Households
    customer_ids: pa.Array  # (n,)
    duplicates: Duplicates

    @property
    def n_persons(self) -> int:
        return len(self.people)

    def owners(self, rng: np.random.Generator, persons: Ints, days: Ints) -> Ints:
        """Under which registration each event of a person was booked: after the second one, under either."""
        owners = persons
        for rank in range(self.duplicates.ranks.max(initial=-1) + 1):
            rows = np.nonzero(self.duplicates.ranks == rank)[0]
            again, since = np.full(self.n_persons, -1), np.zeros(self.n_persons, np.int64)
            again[self.duplicates.originals[rows]] = self.n_persons + rows
            since[self.duplicates.originals[rows]] = self.duplicates.registered[rows]
            is_again = (again[persons] >= 0) & (days >= since[persons]) & (rng.random(len(persons)) < 0.5)
            owners = np.where(is_again, again[persons], owners)
        return owners


def draw_block(rng: np.random.Generator, first: int, n: int, as_of: date) -> Block:
    """Customers with the registration numbers `first` to `first + n - 1`, in no order."""
    n_duplicates = int(n * DUPLICATE_SHARE)
    numbers = rng.permutation(np.arange(first, first + n, dtype=np.int64))
    people, households = draw_households(rng, draw_people(rng, numbers[: n - n_duplicates], as_of))
    contacts = draw_contacts(rng, people, households)
    has = {name: _is_known(getattr(contacts, name)) for name in ("national_id", "email")}
    today = (as_of - date(1970, 1, 1)).days
    return Block(
        people=people,
        contacts=contacts,
        households=households,
        customer_ids=numbered("C", numbers, 8),
        duplicates=draw_duplicates(rng, n_duplicates, ~households.are_confusable, has, people.registered, today),
    )


def _is_known(values: pa.Array) -> Bools:
    return np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False))
