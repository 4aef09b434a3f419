"""New products are shown to a share of the customers, whatever the model says: it has never seen them taken."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray

_HEX_DIGITS = 8


def new_products(catalogue: Catalogue, as_of: date, days: int) -> BoolArray:
    """Bool (n_products,): launched within the last `days` days up to and including `as_of`."""
    ages = [None if one.launched_date is None else (as_of - one.launched_date).days for one in catalogue.products]
    return np.array([age is not None and 0 <= age < days for age in ages], dtype=np.bool_)


def show_new_products(
    products: npt.NDArray[np.int32],
    scores: npt.NDArray[np.float32],
    is_permitted: BoolArray,
    is_new: BoolArray,
    draws: npt.NDArray[np.float64],
    share: float,
) -> npt.NDArray[np.int32]:
    """Rankings in which a new product takes the last place of a drawn share of those who may have it, int32 (n, k).

    `products` (n, k) are the rankings so far, -1 for an empty place; `is_new` (n_products,); `draws` (n, n_products)
    from 0 to 1 as `draws_of` makes them. Whoever has a new product in the list keeps the list. Of several that are
    drawn the one with the highest score is shown, equal ones by catalogue order.
    """
    shown = products.copy()
    if not products.shape[1] or not is_new.any():
        return shown
    is_listed = np.zeros(scores.shape, dtype=np.bool_)
    rows, places = np.nonzero(products >= 0)
    is_listed[rows, products[rows, places]] = True
    is_drawn = is_new & is_permitted & (draws < share)
    is_drawn[(is_listed & is_new).any(axis=1)] = False
    wanted = np.flatnonzero(is_drawn.any(axis=1))
    best = np.where(is_drawn[wanted], scores[wanted], -np.inf).argmax(axis=1)
    last = np.minimum((products[wanted] >= 0).sum(axis=1), products.shape[1] - 1)
    shown[wanted, last] = best
    return shown


def draws_of(person_keys: npt.NDArray[np.bytes_], product_ids: Sequence[str]) -> npt.NDArray[np.float64]:
    """A number from 0 to 1 for each person and product, (n, n_products), the same whenever it is asked for.

    Keys are keyed hashes (n,) 'S36', so their first digits are as good as drawn; a product turns them by a hash of its
    id, so that different persons are drawn for different products.
    """
    digits = person_keys.astype(f"S{_HEX_DIGITS}").view(np.uint8).reshape(len(person_keys), _HEX_DIGITS)
    nibbles = np.where(digits >= ord("a"), digits - ord("a") + 10, digits - ord("0")).astype(np.uint64)
    numbers = nibbles @ (np.uint64(16) ** np.arange(_HEX_DIGITS - 1, -1, -1, dtype=np.uint64))
    turns = [int.from_bytes(hashlib.sha256(one.encode()).digest()[:4]) for one in product_ids]
    mixed = (numbers[:, None] ^ np.array(turns, np.uint64)[None, :]) * np.uint64(0x9E3779B1)
    # The product of two 32-bit numbers; its upper middle bits depend on all of theirs.
    return ((mixed >> np.uint64(16)) & np.uint64(0xFFFFFFFF)) / 2**32
