"""Second registrations: what is the same again, what is written differently, and what is new."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, Ints, blank, choose, dates, digit_codes, fixed_text, join, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.contacts import draw_streets, email_addresses, family_names
from recsys.feed.demo.duplicates import BIRTH_DATE, DOUBLE, EMAIL, FUZZY, MARRIED, MOVED, NATIONAL_ID, NICKNAME
from recsys.feed.demo.misspelling import (
    abbreviated,
    international,
    misspelled,
    mistyped_dates,
    mistyped_ids,
    national,
    other_double_names,
    shortened,
)


def registered_again(rng: np.random.Generator, block: Block, first: pa.Table) -> pa.Table:
    """Rows `(m,)` of the second registrations, from the `first` registration of each."""
    kinds, n = block.duplicates.kinds, len(block.duplicates)
    draws = rng.random((5, n))
    has_phone = first["phone"].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
    has_moved = (kinds == MOVED) | ((kinds == MARRIED) & has_phone & (draws[0] < 0.5))
    given, family = _names(rng, block)
    born = block.people.born[block.duplicates.originals]
    born = np.where(kinds == BIRTH_DATE, mistyped_dates(born, draws[4] < 0.5), born)
    zeros = np.zeros(n, np.int64)
    changes: dict[str, pa.Array] = {
        "customer_id": block.customer_ids.slice(block.n_persons),
        "registered_at": dates(block.duplicates.registered),
        "valid_from": dates(block.duplicates.registered),
        "full_name": _full_names(rng, kinds, given, family),
        "birth_date": dates(born),
        "email": _emails(block, kinds, given, family, draws[1]),
        "phone": _phones(first, kinds, has_moved, draws[2]),
        **_addresses(rng, block, first, has_moved),
        "iban": blank(first["iban"].combine_chunks(), draws[3] >= 0.3),
        "national_id": _national_ids(block, kinds, draws[4]),
        "is_in_arrears": pa.array(zeros.astype(bool)),
        "status": pick(("active",), zeros),
    }
    for name, column in changes.items():
        first = first.set_column(first.schema.get_field_index(name), first.schema.field(name), column)
    return first


def _names(rng: np.random.Generator, block: Block) -> tuple[pa.Array, pa.Array]:
    """Given and family names `(m,)` of the second registrations."""
    rows, kinds = pa.array(block.duplicates.originals), block.duplicates.kinds
    given, family = block.contacts.given.take(rows), block.contacts.family.take(rows)
    country = block.people.country[block.duplicates.originals]
    others = family_names(country, rng.random(len(rows)))
    is_given = rng.random(len(rows)) < 0.4
    wrong = misspelled(rng, given), misspelled(rng, family)
    given = choose((kinds == FUZZY) & is_given, wrong[0], choose(kinds == NICKNAME, shortened(given), given))
    double = choose(kinds == DOUBLE, other_double_names(family, others), choose(kinds == MARRIED, others, family))
    return given, choose((kinds == FUZZY) & ~is_given, wrong[1], double)


def _full_names(rng: np.random.Generator, kinds: Ints, given: pa.Array, family: pa.Array) -> pa.Array:
    """Where a number tells who it is, names are written more freely."""
    plain, style = join(given, family, separator=" "), rng.integers(0, 3, len(kinds))
    initial = join(pc.utf8_slice_codeunits(given, 0, 1), family, separator=". ")
    free = choose(style == 0, pc.utf8_upper(plain), choose(style == 1, initial, join(family, given, separator=", ")))
    return choose(kinds <= EMAIL, free, plain)


def _emails(block: Block, kinds: Ints, given: pa.Array, family: pa.Array, draw: np.ndarray) -> pa.Array:
    rows = pa.array(block.duplicates.originals)
    # In front of the number a 7 keeps the address from being anybody else's.
    numbers = block.people.numbers[block.duplicates.originals] + 7 * 10**8 + block.duplicates.ranks * 10**8
    new = blank(email_addresses(family, given, numbers), (kinds > EMAIL) & (draw < 0.5))
    return choose(kinds == EMAIL, pc.utf8_upper(block.contacts.email.take(rows)), new)


def _phones(first: pa.Table, kinds: Ints, has_moved: Bools, draw: np.ndarray) -> pa.Array:
    """The same number in another spelling, or none. Whoever has another name keeps the number or the address."""
    phones = first["phone"].combine_chunks()
    is_none = (kinds <= EMAIL) | ((kinds == MARRIED) & ~has_moved)
    is_none |= np.isin(kinds, (FUZZY, DOUBLE, MOVED)) & (draw < 0.4)
    return blank(choose(draw < 0.7, national(phones), international(phones)), is_none)


def _addresses(rng: np.random.Generator, block: Block, first: pa.Table, has_moved: Bools) -> dict[str, pa.Array]:
    """Who moved has another street and postcode of the same town; others write the street differently at times."""
    n = len(has_moved)
    street, postcode = first["street"].combine_chunks(), first["postcode"].combine_chunks()
    moved = draw_streets(rng, block.people.country[block.duplicates.originals])
    same = choose(rng.random(n) < 0.5, abbreviated(street), street)
    ends = fixed_text(digit_codes(rng.integers(1, 1000, n), 3))
    return {
        "street": choose(has_moved, moved, same),
        "postcode": choose(has_moved, join(pc.utf8_slice_codeunits(postcode, 0, 2), ends), postcode),
    }


def _national_ids(block: Block, kinds: Ints, draw: np.ndarray) -> pa.Array:
    """The same in groups where it is what both have in common; otherwise none, or now and then a wrong one."""
    ids = block.contacts.national_id.take(pa.array(block.duplicates.originals))
    spaced = pc.replace_substring_regex(ids, r"^(\w{2})(\w{3})", r"\1 \2 ")
    wrong = blank(mistyped_ids(ids), (kinds == EMAIL) | (draw < 0.85))
    return choose(kinds == NATIONAL_ID, spaced, wrong)
