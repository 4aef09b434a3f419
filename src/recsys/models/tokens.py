"""Customers and products as LightFM sees them: sparse rows of weighted tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock

# Making a matrix takes several times its memory: of so many customers only, not of all.
_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a customer is read by: attributes, holdings, and an own token of weight `identity_weight` (0: none).

    `is_normalised`: the weights of the tokens of one customer are divided by their sum. `is_smooth`: a number gives
    part of the weight of its band to the band that it is next to (`CustomerBlock.lean`): nothing jumps at an edge.
    """

    has_attributes: bool
    has_holdings: bool
    identity_weight: float = 0.0
    is_normalised: bool = False
    is_smooth: bool = False

    def scales(self, customers: CustomerBlock, has_identity: NDArray[np.bool_]) -> NDArray[np.float32]:
        """What every token of each customer is multiplied by, (n,) float32; `has_identity` (n,): his own is known."""
        if not self.is_normalised:
            return np.ones(len(customers), np.float32)
        sums = self.identity_weight * has_identity.astype(np.float32)
        if self.has_attributes:
            sums += (customers.codes >= 0).sum(axis=1)
        if self.has_holdings:
            sums += customers.held.sum(axis=1)
        scales: NDArray[np.float32] = np.divide(1, sums, out=np.ones_like(sums), where=sums > 0)
        return scales


def customer_matrix(
    customers: CustomerBlock, n_features: int, reading: Reading, persons: NDArray[np.int64] | None, n_persons: int
) -> sp.csr_matrix:
    """Tokens of `customers`: (n, n_persons + n_features + n_products) float32 of those parts that the reading has.

    `persons` (n,): number of each customer's own token, -1 without one; None where the reading has no identity.
    """
    blocks = [slice(start, start + _ROWS) for start in range(0, max(len(customers), 1), _ROWS)]
    tokens = [
        _tokens(customers.take(rows), n_features, reading, None if persons is None else persons[rows], n_persons)
        for rows in blocks
    ]
    return sp.vstack(tokens, format="csr")


def _tokens(
    customers: CustomerBlock, n_features: int, reading: Reading, persons: NDArray[np.int64] | None, n_persons: int
) -> sp.csr_matrix:
    has_identity = np.zeros(len(customers), np.bool_) if persons is None else persons >= 0
    parts = []
    if persons is not None:
        own = _rows(has_identity[:, None], persons[has_identity], n_persons)
        own.data *= np.float32(reading.identity_weight)
        parts.append(own)
    if reading.has_attributes:
        parts.append(_attributes(customers, n_features, reading.is_smooth))
    if reading.has_holdings:
        parts.append(_rows(customers.held, np.nonzero(customers.held)[1], customers.held.shape[1]))
    tokens = sp.hstack(parts, format="csr", dtype=np.float32)
    tokens.data *= np.repeat(reading.scales(customers, has_identity), np.diff(tokens.indptr))
    return tokens


def product_matrix(labels: tuple[tuple[str, ...], ...], has_identity: bool, has_labels: bool) -> sp.csr_matrix:
    """Identity and labels of each product as a matrix of ones, (n_products, n_item_features) float32."""
    names = sorted({label for of_product in labels for label in of_product})
    of_labels = np.array([[name in of_product for name in names] for of_product in labels], dtype=np.float32)
    parts = [sp.identity(len(labels), np.float32, "csr")] if has_identity else []
    parts += [sp.csr_matrix(of_labels)] if has_labels else []
    return sp.hstack(parts, format="csr", dtype=np.float32)


def _attributes(customers: CustomerBlock, n_features: int, is_smooth: bool) -> sp.csr_matrix:
    is_known = customers.codes >= 0
    tokens = _rows(is_known, customers.codes[is_known], n_features)
    if not is_smooth:
        return tokens
    leans = customers.lean != 0
    tokens.data -= np.abs(customers.lean[is_known])
    neighbours = _rows(leans, neighbours_of(customers)[leans], n_features)
    neighbours.data *= np.abs(customers.lean[leans])
    return tokens + neighbours


def neighbours_of(customers: CustomerBlock) -> NDArray[np.int32]:
    """The band that each number is next to, or its own where it leans to none, (n, n_attributes)."""
    neighbours: NDArray[np.int32] = customers.codes + np.sign(customers.lean).astype(np.int32)
    return neighbours


def _rows(is_there: NDArray[np.bool_], columns: NDArray[np.integer], n_columns: int) -> sp.csr_matrix:
    """A matrix of ones: `columns` are those of every true entry of `is_there` (n, m), row by row."""
    ends = np.concatenate([[0], np.cumsum(is_there.sum(axis=1))])
    return sp.csr_matrix((np.ones(len(columns), np.float32), columns, ends), (len(is_there), n_columns))
