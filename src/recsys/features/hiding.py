"""Customers of whom less is known, or of whom something is told of another: to see what a model makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.features.attributes import N_HOLDINGS
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.features.purposes import feed_columns

PRODUCTS_OWNED = "products owned"
# What people call the tables of the feed that attributes are made of.
_GROUP_NAMES = {"customers": "master data", "surveys": "survey answers", "transactions": "transactions"}
_DECLARED = "the bank's own columns"


def attribute_columns(encoder: CustomerEncoder) -> dict[str, int]:
    """The column of `CustomerBlock.codes` of each attribute but the number of products, which follows from them."""
    names = [vocabulary.attribute.name for vocabulary in encoder.vocabularies]
    return {name: column for column, name in enumerate(names) if name != N_HOLDINGS.name}


def attribute_groups(encoder: CustomerEncoder) -> dict[str, tuple[int, ...]]:
    """Columns of the attributes by where they come from, such as `survey answers`."""
    groups: dict[str, tuple[int, ...]] = {}
    for name, column in attribute_columns(encoder).items():
        sources = feed_columns(name)
        table = sources[0].split(".")[0]
        group = _DECLARED if sources == (name,) else _GROUP_NAMES[table]
        groups[group] = (*groups.get(group, ()), column)
    return groups


def transaction_columns(encoder: CustomerEncoder) -> tuple[int, ...]:
    """Columns of the attributes that are made of bookings."""
    return attribute_groups(encoder).get(_GROUP_NAMES["transactions"], ())


def with_attributes_of(customers: CustomerBlock, columns: Sequence[int], others: NDArray[np.integer]) -> CustomerBlock:
    """The same customers with the attributes at `columns` of other customers, at the rows `others` (n,)."""
    codes, lean = customers.codes.copy(), customers.lean.copy()
    codes[:, columns], lean[:, columns] = customers.codes[others][:, columns], customers.lean[others][:, columns]
    return replace(customers, codes=codes, lean=lean)


def without_attributes(customers: CustomerBlock, columns: Sequence[int]) -> CustomerBlock:
    """The same customers with nothing known in the attributes at `columns`."""
    codes, lean = customers.codes.copy(), customers.lean.copy()
    codes[:, columns], lean[:, columns] = -1, 0
    return replace(customers, codes=codes, lean=lean)
