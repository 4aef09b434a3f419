"""Customers' names as people shorten and mistype them: "J. Smith", "Smith J", "Muller", "Jhon Smith"."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, choose, join, pick
from recsys.feed.demo.contacts import folded
from recsys.feed.demo.misspelling import misspelled, without_accents

# Of the names that are planted as they are. Whoever writes about somebody else spells the name out more often.
SHARES = {True: {"accents": 0.3, "initials": 0.2, "typo": 0.2}, False: {"accents": 0.3, "initials": 0.08, "typo": 0.08}}

# In a shorter word a wrong letter makes another word: "Lee" and "fee".
_MIN_MISTYPED = 5
_LETTERS = ("a", "e", "i", "n", "r", "s", "t")


def name_variants(
    rng: np.random.Generator,
    given: pa.Array,
    family: pa.Array,
    values: pa.Array,
    variants: pa.Array,
    *,
    is_own: bool,
) -> tuple[pa.Array, pa.Array]:
    """`values` and `variants` `(n,)` of names, some of the exact ones without accents, with initials or a typing error.

    Initials of somebody else than the row's own customer (`is_own`) always have their full stop.
    """
    shares = SHARES[is_own]
    drawn = rng.choice(len(shares) + 1, len(values), p=(*shares.values(), 1 - sum(shares.values())))
    is_exact = _true(pc.equal(variants, "exact"))
    makers = (_without_accents, _with_initials if is_own else _with_full_stop, _mistyped)
    for place, (variant, make) in enumerate(zip(shares, makers, strict=True)):
        made = make(rng, given, family)
        is_made = is_exact & (drawn == place) & _true(pc.not_equal(made, values))
        values = choose(is_made, made, values)
        variants = choose(is_made, pick([variant], np.zeros(len(values), np.int64)), variants)
    return values, variants


def _without_accents(rng: np.random.Generator, given: pa.Array, family: pa.Array) -> pa.Array:
    """`ü` as `u` or `ue`."""
    names = join(given, family, separator=" ")
    return choose(rng.random(len(names)) < 0.5, without_accents(names), folded(names))


def _with_initials(rng: np.random.Generator, given: pa.Array, family: pa.Array) -> pa.Array:
    style, letters = rng.integers(0, 4, len(given)), pc.utf8_slice_codeunits(given, 0, 1)
    short = choose(style == 0, join(letters, family, separator=" "), join(family, letters, separator=" "))
    long = choose(style == 2, join(family, letters, separator=", "), _with_full_stop(rng, given, family))
    return choose(style < 2, short, long)


def _with_full_stop(rng: np.random.Generator, given: pa.Array, family: pa.Array) -> pa.Array:
    """`J. Smith`, and `J.-P. Smith` of a double name."""
    parts = pc.replace_substring_regex(given, r"([^-])[^-]*", r"\1.")
    first = join(pc.utf8_slice_codeunits(given, 0, 1), ".")
    return join(choose(rng.random(len(given)) < 0.5, parts, first), family, separator=" ")


def _mistyped(rng: np.random.Generator, given: pa.Array, family: pa.Array) -> pa.Array:
    """One letter missing, wrong, twice or swapped with the next; short names stay as they are."""
    names, is_given = join(given, family, separator=" "), rng.random(len(given)) < 0.5
    wrong_given = join(_with_error(rng, given), family, separator=" ")
    wrong_family = join(given, _with_error(rng, family), separator=" ")
    found = choose(is_given, wrong_given, wrong_family)
    is_long = choose(is_given, pc.utf8_length(given), pc.utf8_length(family))
    return choose(_true(pc.greater_equal(is_long, _MIN_MISTYPED)), found, names)


def _with_error(rng: np.random.Generator, names: pa.Array) -> pa.Array:
    place, style = rng.integers(1, 4, len(names)), rng.integers(0, 4, len(names))
    wrong = misspelled(rng, names)
    for k in (1, 2, 3):
        head, letter = pc.utf8_slice_codeunits(names, 0, k), pc.utf8_slice_codeunits(names, k, k + 1)
        wrong = choose((style == 0) & (place == k), join(head, letter, pc.utf8_slice_codeunits(names, k)), wrong)
        other = join(head, pick(_LETTERS, rng.integers(0, len(_LETTERS), len(names))))
        wrong = choose((style == 1) & (place == k), join(other, pc.utf8_slice_codeunits(names, k + 1)), wrong)
    return wrong


def _true(mask: pa.Array) -> Bools:
    return np.asarray(mask.to_numpy(zero_copy_only=False))
