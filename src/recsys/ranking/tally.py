"""The counts that a publication carries, added up block by block."""

from __future__ import annotations

from collections import Counter

import numpy as np

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eligibility import refused_by
from recsys.ranking.scoring import Recommended
from recsys.types import JSON


class Tally:
    """Counts over all blocks of one publication."""

    def __init__(self, catalogue: Catalogue, top_n: int) -> None:
        self._product_ids = catalogue.product_ids
        self._rows = np.zeros(len(catalogue), dtype=np.int64)
        self._first = np.zeros(len(catalogue), dtype=np.int64)
        self._persons_by_length = np.zeros(min(top_n, len(catalogue)) + 1, dtype=np.int64)
        self._refused_pairs: Counter[str] = Counter()
        self._refused_persons: Counter[str] = Counter()

    def add(self, recommended: Recommended) -> None:
        """Count one block."""
        products, n_products = recommended.ranking.products, len(self._product_ids)
        is_filled = recommended.ranking.is_filled
        self._rows += np.bincount(products[is_filled], minlength=n_products)
        self._persons_by_length += np.bincount(is_filled.sum(axis=1), minlength=len(self._persons_by_length))
        if products.shape[1]:
            self._first += np.bincount(products[is_filled[:, 0], 0], minlength=n_products)
        for pairs in refused_by(recommended.mask):
            self._refused_pairs[pairs.rule] += int(pairs.is_refused.sum())
            self._refused_persons[pairs.rule] += int(pairs.is_refused.any(axis=1).sum())

    @property
    def n_persons(self) -> int:
        """Persons that were ranked, with or without a recommendation."""
        return int(self._persons_by_length.sum())

    @property
    def n_rows(self) -> int:
        """Recommendations."""
        return int(self._rows.sum())

    @property
    def n_eliminations(self) -> int:
        """Rows of `serving.elimination_rows`: one per person and rule."""
        return sum(self._refused_persons.values())

    def counts(self) -> dict[str, JSON]:
        """All counts, for `serving.publications.counts`."""
        return {
            "rows_by_product": dict(zip(self._product_ids, self._rows.tolist(), strict=True)),
            "first_by_product": dict(zip(self._product_ids, self._first.tolist(), strict=True)),
            "refused_pairs_by_rule": dict(self._refused_pairs),
            "refused_persons_by_rule": dict(self._refused_persons),
            "persons_by_length": {str(n): int(count) for n, count in enumerate(self._persons_by_length)},
            "persons_without": int(self._persons_by_length[0]),
            "persons_short": int(self._persons_by_length[:-1].sum()),
        }
