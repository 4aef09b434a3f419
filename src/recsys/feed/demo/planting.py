"""Personal data in free texts, in the spellings in which people write it, with the truth about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Ints, choose, join, pick
from recsys.feed.demo.block import Block
from recsys.feed.demo.name_variants import name_variants
from recsys.feed.demo.names import name_pools

CUSTOMER_NAMES = ("full name", "other customer")
NAME_KINDS = (*CUSTOMER_NAMES, "outsider name")
NAME_VARIANTS = ("exact", "case", "spacing", "order")
OTHER_VARIANTS = ("exact", "case", "spacing")


@dataclass(frozen=True, slots=True)
class Planted:
    """`n` texts and what stands in each: its kind, the value as written, how it is written, and whose it is.

    `customer_ids` is missing where it is nobody's of the bank.
    """

    texts: pa.Array
    kinds: pa.Array
    values: pa.Array
    variants: pa.Array
    customer_ids: pa.Array


def plant(
    rng: np.random.Generator, block: Block, persons: Ints, kinds: Sequence[tuple[str, float, tuple[str, ...]]]
) -> Planted:
    """One text for each of `persons` `(n,)`, places in `block`; `kinds` are (kind, share, templates)."""
    n = len(persons)
    shares = np.array([share for _, share, _ in kinds])
    drawn = rng.choice(len(kinds), n, p=shares / shares.sum())
    parts, order = [], []
    # A stream of its own, so that nothing else in the bank depends on how names are shortened and mistyped. The order
    # of registration numbers is drawn anew for each block and seed.
    writing = np.random.default_rng((n, *block.people.numbers[:4]))
    for place, (kind, _, templates) in enumerate(kinds):
        rows = np.nonzero(drawn == place)[0]
        parts.append(_plant_kind(rng, writing, block, persons[rows], kind, templates))
        order.append(rows)
    back = pa.array(np.argsort(np.concatenate(order)))
    return Planted(*(pa.concat_arrays(columns).take(back) for columns in zip(*parts, strict=True)))


def _plant_kind(
    rng: np.random.Generator,
    writing: np.random.Generator,
    block: Block,
    persons: Ints,
    kind: str,
    templates: tuple[str, ...],
) -> tuple[pa.Array, ...]:
    n = len(persons)
    about = rng.integers(0, block.n_persons, n) if kind == "other customer" else persons
    values, variants = _spell(rng, block, about, kind)
    if kind in CUSTOMER_NAMES:
        given, family = (getattr(block.contacts, part).take(pa.array(about)) for part in ("given", "family"))
        values, variants = name_variants(writing, given, family, values, variants, is_own=kind == "full name")
    heads, tails = zip(*(template.split("{}") for template in templates), strict=True)
    chosen = rng.integers(0, len(templates), n)
    texts = join(pick(heads, chosen), values, pick(tails, chosen))
    is_known = pc.is_valid(values).to_numpy(zero_copy_only=False)
    owners = block.customer_ids.take(pa.array(about))
    if kind == "outsider name":
        owners = pa.nulls(n, pa.string())
    # Whoever has no e-mail address, telephone or national id has a plain text instead.
    plain = pick([template.split("{}")[0].strip() or "PAYMENT" for template in templates], chosen)
    return choose(is_known, texts, plain), pick([kind], np.zeros(n, np.int64)), values, variants, owners


def _spell(rng: np.random.Generator, block: Block, about: Ints, kind: str) -> tuple[pa.Array, pa.Array]:
    """Values `(n,)` of a kind and how each is written."""
    rows, n = pa.array(about), len(about)
    if kind in NAME_KINDS:
        style = rng.choice(4, n, p=(0.55, 0.25, 0.1, 0.1))
        if kind == "outsider name":
            given, family = _outsiders(rng, block, about)
        else:
            given, family = block.contacts.given.take(rows), block.contacts.family.take(rows)
        return _name_spellings(style, given, family), pick(NAME_VARIANTS, style)
    values = getattr(block.contacts, kind.replace(" ", "_")).take(rows)
    style = rng.choice(3, n, p=(0.6, 0.15, 0.25))
    is_case = style == 1
    values = choose(is_case, pc.utf8_lower(values) if kind == "iban" else pc.utf8_upper(values), values)
    return choose(style == 2, _spaced(values, kind), values), pick(OTHER_VARIANTS, style)


def _name_spellings(style: Ints, given: pa.Array, family: pa.Array) -> pa.Array:
    plain = join(given, family, separator=" ")
    spaced, reordered = join(given, family, separator="  "), join(family, given, separator=", ")
    return choose(style == 0, plain, choose(style == 1, pc.utf8_upper(plain), choose(style == 2, spaced, reordered)))


def _spaced(values: pa.Array, kind: str) -> pa.Array:
    if kind == "iban":
        return pc.utf8_rtrim_whitespace(pc.replace_substring_regex(values, r"(\w{4})", r"\1 "))
    if kind == "phone":
        return pc.replace_substring_regex(values, r"[ -]", "")
    return values


def _outsiders(rng: np.random.Generator, block: Block, persons: Ints) -> tuple[pa.Array, pa.Array]:
    """Given and family names `(n,)` of people who are nobody's customer, as the writer's country has them."""
    country, draws = block.people.country[persons], rng.random((2, len(persons)))
    columns = []
    for pool in name_pools():
        given, family = pool.given_names[0], pool.outsider_names
        columns.append(
            [
                pick(words, (draw * len(words)).astype(np.int64))
                for words, draw in zip((given, family), draws, strict=True)
            ]
        )
    given, family = (
        choose(country == 0, columns[0][k], choose(country == 1, columns[1][k], columns[2][k])) for k in range(2)
    )
    return given, family
