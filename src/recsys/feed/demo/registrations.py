"""The demo bank's `customers` table: present and former attributes, and second registrations in other spellings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.contract import CUSTOMERS
from recsys.feed.demo.arrays import Ints, blank, choose, dates, join, money, numbered, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.contacts import email_addresses
from recsys.feed.demo.names import COUNTRIES, LANGUAGES
from recsys.feed.demo.people import EDUCATION, EMPLOYMENT, MARITAL, SEGMENTS
from recsys.feed.tables import feed_table

_OCCUPATIONS = ("nurse", "teacher", "engineer", "clerk", "driver", "electrician", "manager", "cook", "developer",
                "physician", "salesperson", "mechanic", "accountant", "designer", "farmer")  # fmt: skip
_STATUS = ("active", "closed", "deceased")


def customer_table(rng: np.random.Generator, block: Block) -> pa.Table:
    """One row per customer and `valid_from`: former rows, present rows, second registrations."""
    former = np.nonzero(block.people.changed > 0)[0]
    return pa.concat_tables(
        [
            _present(rng, block),
            _present(rng, block, former, is_former=True),
            _again(rng, block),
        ]
    )


def _present(rng: np.random.Generator, block: Block, rows: Ints | None = None, *, is_former: bool = False) -> pa.Table:
    people, contacts = block.people, block.contacts
    rows = np.arange(len(people)) if rows is None else rows
    at = pa.array(rows)
    n = len(rows)
    income = (people.income_before if is_former else people.income)[rows]
    valid_from = people.registered[rows] if is_former else np.maximum(people.registered, people.changed)[rows]
    is_worker = people.employment[rows] <= 1
    values: dict[str, pa.Array] = {
        "customer_id": block.customer_ids.take(at),
        "registered_at": dates(people.registered[rows]),
        "valid_from": dates(valid_from),
        "status": pick(_STATUS, np.zeros(n, np.int64) if is_former else people.status[rows]),
        **{name: getattr(contacts, name).take(at) for name in _CONTACT_COLUMNS},
        "country": pick(COUNTRIES, people.country[rows]),
        "birth_date": dates(people.born[rows]),
        "gender": pick(("male", "female"), people.is_female[rows].astype(np.int64)),
        "marital_status": pick(MARITAL, people.marital[rows]),
        "n_dependants": pa.array(people.n_dependants[rows]),
        "education": blank(pick(EDUCATION, people.education[rows]), people.numbers[rows] % 25 == 0),
        "employment_status": pick(EMPLOYMENT, people.employment[rows]),
        "occupation": blank(pick(_OCCUPATIONS, people.numbers[rows] % len(_OCCUPATIONS)), ~is_worker),
        "annual_income": blank(money(income * 100), people.numbers[rows] % 33 == 1),
        "is_in_arrears": pa.array(people.is_in_arrears[rows] & (not is_former)),
        "segment": pick(SEGMENTS, people.segment[rows]),
        "branch": join(pick(COUNTRIES, people.country[rows]), numbered("-", people.town[rows], 2)),
        "advisor_id": blank(numbered("A", people.numbers[rows] % 40, 3), people.segment[rows] < 3),
        "language": pick(LANGUAGES, people.country[rows]),
    }
    if is_former:
        # They moved within their town: the former address is somebody else's present one.
        values["street"] = contacts.street.take(pa.array(rng.integers(0, len(people), n)))
    return feed_table(CUSTOMERS, values)


_CONTACT_COLUMNS = ("full_name", "email", "phone", "street", "postcode", "city", "national_id", "iban")


def _again(rng: np.random.Generator, block: Block) -> pa.Table:
    """Second registrations: the same national id, or the same e-mail address and birth date, otherwise new."""
    first = _present(rng, block, block.originals)
    contacts, rows, n = block.contacts, pa.array(block.originals), len(block.originals)
    given, family = contacts.given.take(rows), contacts.family.take(rows)
    numbers = block.people.numbers[block.originals]
    is_id = block.is_same_national_id
    changes: dict[str, pa.Array] = {
        "customer_id": block.customer_ids.slice(block.n_persons),
        "registered_at": dates(block.registered_again),
        "valid_from": dates(block.registered_again),
        "full_name": _respelled(rng.integers(0, 3, n), given, family),
        "email": choose(is_id, email_addresses(family, given, numbers), pc.utf8_upper(contacts.email.take(rows))),
        "phone": blank(first["phone"].combine_chunks(), np.ones(n, bool)),
        "national_id": choose(is_id, _spaced(contacts.national_id.take(rows)), pa.nulls(n, pa.string())),
        "is_in_arrears": pa.array(np.zeros(n, bool)),
        "status": pick(_STATUS, np.zeros(n, np.int64)),
    }
    for name, column in changes.items():
        first = first.set_column(first.schema.get_field_index(name), first.schema.field(name), column)
    return first


def _respelled(style: Ints, given: pa.Array, family: pa.Array) -> pa.Array:
    spellings: Sequence[pa.Array] = (
        pc.utf8_upper(join(given, family, separator=" ")),
        join(pc.utf8_slice_codeunits(given, 0, 1), family, separator=". "),
        join(family, given, separator=", "),
    )
    return choose(style == 0, spellings[0], choose(style == 1, spellings[1], spellings[2]))


def _spaced(national_ids: pa.Array) -> pa.Array:
    """National ids as people write them, in groups."""
    return pc.replace_substring_regex(national_ids, r"^(\w{2})(\w{3})", r"\1 \2 ")
