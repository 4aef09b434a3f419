"""Segments: customers with the same value of the one attribute that tells most about what is opened."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.examples import TrainingRows

# Openings by which a segment's shares are drawn towards the bank's while attributes are compared.
_PRIOR_OPENINGS = 50.0
NO_ATTRIBUTE = -1


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The values of one attribute, a column of `CustomerBlock.codes`, from `first` on; `NO_ATTRIBUTE` has no values."""

    attribute: int
    first: int
    n_segments: int

    @classmethod
    def of(cls, encoder: CustomerEncoder, attribute: int) -> Segmentation:
        """The segments that the values of `attribute` make."""
        if attribute == NO_ATTRIBUTE:
            return cls(attribute, 0, 0)
        return cls(attribute, int(encoder.offsets[attribute]), len(encoder.vocabularies[attribute]))

    def segments(self, customers: CustomerBlock) -> NDArray[np.int64]:
        """The segment of each customer (n,) int64; `n_segments` where it is not known."""
        if self.attribute == NO_ATTRIBUTE:
            return np.zeros(len(customers), dtype=np.int64)
        codes = customers.codes[:, self.attribute].astype(np.int64)
        return np.where(codes >= 0, codes - self.first, self.n_segments)

    def sums(self, customers: CustomerBlock, held: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Number of the customers of each segment with each product of `held`, (n_segments + 1, n_products)."""
        segments = self.segments(customers)
        return np.stack([held[segments == segment].sum(axis=0) for segment in range(self.n_segments + 1)]).astype(float)

    def openings(self, rows: TrainingRows) -> NDArray[np.float64]:
        """Openings of each product in each segment, weighted by recency, (n_segments + 1, n_products)."""
        shape = self.n_segments + 1, rows.customers.held.shape[1]
        places = self.segments(rows.customers) * shape[1] + rows.product
        return np.bincount(places, rows.weights, shape[0] * shape[1]).astype(np.float64).reshape(shape)


def find_segmentation(encoder: CustomerEncoder, rows: TrainingRows) -> Segmentation:
    """The segmentation that predicts best which product each row took.

    That is the attribute with the greatest leave-one-out likelihood of the openings, where a segment's shares of
    products are smoothed by the bank's: many small segments gain nothing by being many. The number of products held,
    which is the last attribute, is none: a customer of whom nothing is known would be one who owns nothing.
    """
    gains = [
        _leave_one_out(rows.customers.codes[:, attribute] - start, end - start, rows)
        for attribute, (start, end) in enumerate(pairwise(encoder.offsets[:-1].tolist()))
    ]
    return Segmentation.of(encoder, int(np.argmax(gains)) if gains else NO_ATTRIBUTE)


def _leave_one_out(values: NDArray[np.int32], n_values: int, rows: TrainingRows) -> float:
    """Log likelihood of every opening given the value of its customer, as told by all other openings."""
    n_products = rows.customers.held.shape[1]
    known = np.where(values >= 0, values, n_values)
    counts = np.bincount(known * n_products + rows.product, minlength=(n_values + 1) * n_products)
    counts = counts.reshape(n_values + 1, n_products)
    prior = _PRIOR_OPENINGS * (counts.sum(axis=0) + 1) / (len(rows) + n_products)
    others = np.maximum(counts - 1, 0) + prior
    shares = others / (np.maximum(counts.sum(axis=1, keepdims=True) - 1, 0) + prior.sum())
    return float((counts * np.log(shares)).sum())
