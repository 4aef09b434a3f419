"""Sets of owned products as short keys: what was opened after each, and each set once in a block of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.models.examples import TrainingRows

# A set that fewer customers share says little, and could point at a person.
MIN_CUSTOMERS_PER_SET = 5
_BLOCK = 50_000

Keys = NDArray[np.void]


@dataclass(frozen=True)
class SetCounts:
    """What was opened by customers of a set: `keys` (n,) ascending, openings as a CSR matrix (n, n_products) float32.

    Its parts are `starts` (n + 1,) int32, `products` and `openings` (of each entry); `totals` (n,) are its row sums.
    """

    keys: Keys
    totals: NDArray[np.float32]
    starts: NDArray[np.int32]
    products: NDArray[np.int32]
    openings: NDArray[np.float32]
    n_products: int

    def __len__(self) -> int:
        return len(self.keys)

    def of(self, keys: Keys) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Openings (m, n_products) and their sum (m, 1) after each of the sets `keys` (m,); zero for an unknown set."""
        if not len(self):
            return np.zeros((len(keys), self.n_products), np.float32), np.zeros((len(keys), 1), np.float32)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        is_known = (self.keys[places] == keys)[:, None]
        matrix = sp.csr_matrix((self.openings, self.products, self.starts), (len(self), self.n_products))
        return matrix[places].toarray() * is_known, self.totals[places, None] * is_known


def set_keys(held: NDArray[np.bool_], segments: NDArray[np.int64] | None = None) -> Keys:
    """A key (n,) for each set of owned products `held` (n, n_products), or for each set within each segment (n,)."""
    bits = np.packbits(held, axis=1)
    if segments is not None:
        # Big-endian, so that the order of keys is the same on every machine.
        bits = np.hstack([bits, segments.astype(">u2").view(np.uint8).reshape(-1, 2)])
    keys: Keys = np.ascontiguousarray(bits).view(f"V{bits.shape[1]}").ravel()
    return keys


def distinct_sets(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One row of each distinct key of `keys` (n,), and for each row which of them is its own (n,)."""
    _, rows, places = np.unique(keys, return_index=True, return_inverse=True)
    return rows, places


def count_sets(keys: Keys, rows: TrainingRows) -> SetCounts:
    """Count what was opened, weighted by recency, after each of the sets `keys` (n,) of the rows.

    Only sets that `MIN_CUSTOMERS_PER_SET` customers share, so that memory is bounded by these and no set is a person.
    """
    distinct, numbers = np.unique(keys, return_inverse=True)
    n_products = rows.customers.held.shape[1]
    pairs = np.unique(numbers * (int(rows.person.max()) + 1) + rows.person)
    n_customers = np.bincount(pairs // (int(rows.person.max()) + 1), minlength=len(distinct))
    shared = np.flatnonzero(n_customers >= MIN_CUSTOMERS_PER_SET)
    counts = sp.csr_matrix((rows.weights, (numbers, rows.product)), (len(distinct), n_products), np.float32)[shared]
    totals = np.asarray(counts.sum(axis=1), np.float32).ravel()
    return SetCounts(distinct[shared], totals, counts.indptr, counts.indices, counts.data, n_products)


def rates_with_each(rows: TrainingRows, prior_openings: float) -> NDArray[np.float32]:
    """How much owning a product lifts the rate at which another is taken, as a log, (owned, taken) float32.

    A rate is openings per row in which the product could be chosen; that of the customers who own a product is smoothed
    as if in `prior_openings` more rows it had been the rate of all.
    """
    n_products = rows.customers.held.shape[1]
    taken, chances = np.zeros((2, n_products + 1, n_products))
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        # The last row counts everybody.
        owned = np.hstack([rows.customers.held[block], np.ones((len(rows.product[block]), 1), np.bool_)])
        weighted = sp.csr_matrix(owned).T.multiply(rows.weights[block]).tocsr()
        one_hot = np.zeros((len(owned), n_products), np.float32)
        one_hot[np.arange(len(owned)), rows.product[block]] = 1
        taken += weighted @ one_hot
        chances += weighted @ (~rows.barred[block]).astype(np.float32)
    of_all = (taken[-1] + 0.5) / (chances[-1] + prior_openings)
    lifts = (taken[:-1] + prior_openings * of_all) / (chances[:-1] + prior_openings)
    logs: NDArray[np.float32] = (np.log(lifts) - np.log(of_all)).astype(np.float32)
    return logs
