"""The demo bank's `customers` table: present and former attributes, and second registrations."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.feed.contract import CUSTOMERS
from recsys.feed.demo.arrays import Ints, blank, dates, join, money, numbered, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.names import COUNTRIES, LANGUAGES
from recsys.feed.demo.people import EDUCATION, EMPLOYMENT, MARITAL, SEGMENTS
from recsys.feed.demo.second_registrations import registered_again
from recsys.feed.demo.variants import OCCUPATION_VARIANTS, add_variants
from recsys.feed.tables import feed_table

_OCCUPATIONS = tuple(OCCUPATION_VARIANTS)
_STATUS = ("active", "closed", "deceased")


def customer_table(rng: np.random.Generator, block: Block) -> pa.Table:
    """One row per customer and `valid_from`: former rows, present rows, second registrations."""
    former = np.nonzero(block.people.changed > 0)[0]
    return pa.concat_tables(
        [
            _present(rng, block),
            _present(rng, block, former, is_former=True),
            registered_again(rng, block, _present(rng, block, block.duplicates.originals)),
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
        "occupation": add_variants(
            rng, "occupation", blank(pick(_OCCUPATIONS, people.numbers[rows] % len(_OCCUPATIONS)), ~is_worker)
        ),
        "annual_income": blank(money(income * 100), people.numbers[rows] % 33 == 1),
        "is_in_arrears": pa.array(people.is_in_arrears[rows] & (not is_former)),
        "segment": pick(SEGMENTS, people.segment[rows]),
        "branch": join(pick(COUNTRIES, people.country[rows]), numbered("-", people.town[rows], 2)),
        "advisor_id": blank(numbered("A", people.numbers[rows] % 40, 3), people.segment[rows] < 3),
        "language": pick(LANGUAGES, people.country[rows]),
    }
    # Draws of their own: whatever else is drawn stays what it is without them.
    values["city"] = add_variants(rng.spawn(1)[0], "city", values["city"])
    if is_former:
        # They moved within their town: the former address is somebody else's present one.
        values["street"] = contacts.street.take(pa.array(rng.integers(0, len(people), n)))
    return feed_table(CUSTOMERS, values)


_CONTACT_COLUMNS = ("full_name", "email", "phone", "street", "postcode", "city", "national_id", "iban")
