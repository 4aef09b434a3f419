"""The counts that a publication carries, added up block by block."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import Coded
from recsys.ranking.eligibility import refusers
from recsys.ranking.elimination_counts import EliminationCounts
from recsys.ranking.eliminations import EliminationSets, SetIds
from recsys.ranking.scoring import Recommended
from recsys.ranking.segment_products import SegmentProducts
from recsys.types import JSON


class Tally:
    """Counts over all blocks of one publication.

    `eliminations` has those by rule, product and segment, `segment_products` recommendations by segment and product.
    """

    def __init__(self, catalogue: Catalogue, top_n: int, sets: EliminationSets) -> None:
        self._product_ids = catalogue.product_ids
        self._rows = np.zeros(len(catalogue), dtype=np.int64)
        self._first = np.zeros(len(catalogue), dtype=np.int64)
        self._persons_by_length = np.zeros(min(top_n, len(catalogue)) + 1, dtype=np.int64)
        # Persons by all that refuses them anything, as one cell of a mask.
        self._persons_by_cell: Counter[int] = Counter()
        self.eliminations = EliminationCounts(catalogue, sets)
        self.segment_products = SegmentProducts(catalogue.product_ids)

    def add(self, recommended: Recommended, set_ids: SetIds, segment: Coded) -> None:
        """Count one block of n persons with the sets int16 (n, n_products) of their mask, and their segment."""
        products, n_products = recommended.ranking.products, len(self._product_ids)
        is_filled = recommended.ranking.is_filled
        self._rows += np.bincount(products[is_filled], minlength=n_products)
        self._persons_by_length += np.bincount(is_filled.sum(axis=1), minlength=len(self._persons_by_length))
        if products.shape[1]:
            self._first += np.bincount(products[is_filled[:, 0], 0], minlength=n_products)
        for cell in pa.array(np.bitwise_or.reduce(recommended.mask, axis=1)).value_counts().to_pylist():
            self._persons_by_cell[cell["values"]] += cell["counts"]
        self.eliminations.add(set_ids, segment)
        self.segment_products.add(recommended.ranking, segment)

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
        """Rows of `serving.elimination_rows`: persons to whom anything is refused."""
        return self.n_persons - self._persons_by_cell[0]

    def counts(self) -> dict[str, JSON]:
        """All counts, for `serving.publications.counts`."""
        refused_persons: Counter[str] = Counter()
        unknown_persons: Counter[str] = Counter()
        for cell, n_persons in self._persons_by_cell.items():
            found = refusers(cell)
            refused_persons.update(dict.fromkeys(found.rules, n_persons))
            unknown_persons.update(dict.fromkeys(found.unknown, n_persons))
        refused_pairs: Counter[str] = Counter()
        unknown_pairs: Counter[str] = Counter()
        for one in self.eliminations:
            refused_pairs[one.rule] += one.n_refused
            unknown_pairs[one.rule] += one.n_unknown
        return {
            "rows_by_product": dict(zip(self._product_ids, self._rows.tolist(), strict=True)),
            "first_by_product": dict(zip(self._product_ids, self._first.tolist(), strict=True)),
            "refused_pairs_by_rule": dict(refused_pairs),
            "refused_persons_by_rule": dict(refused_persons),
            "unknown_pairs_by_rule": dict(+unknown_pairs),
            "unknown_persons_by_rule": dict(unknown_persons),
            "persons_by_length": {str(n): int(count) for n, count in enumerate(self._persons_by_length)},
            "persons_without": int(self._persons_by_length[0]),
            "persons_short": int(self._persons_by_length[:-1].sum()),
        }
