"""What changed limits would do to what is offered, added up block by block."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import Coded
from recsys.ranking.eligibility import refusers
from recsys.ranking.elimination_counts import EliminationCounts
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.rule_reach import ReachWarning, new_reach_warnings
from recsys.ranking.scoring import Ranked
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class PublishedPairs:
    """Rows of the current publication of a block: `persons` int64 (m,) rows of the block, `columns` int64 (m,)."""

    persons: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]


@dataclass(slots=True)
class ProductTrial:
    """What would change for one product.

    `n_refused` persons could no longer have it, and `n_permitted` could have it then; by rule, where two refuse both
    count. `rows_before` and `rows_after` are places on lists, `n_published_gone` of `n_published` rows of the current
    publication are refused then and were not before.
    """

    product_id: str
    n_refused: int = 0
    n_permitted: int = 0
    refused_by: Counter[str] = field(default_factory=Counter)
    permitted_by: Counter[str] = field(default_factory=Counter)
    rows_before: int = 0
    rows_after: int = 0
    n_published: int = 0
    n_published_gone: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether anybody notices anything of it."""
        return bool(self.n_refused or self.n_permitted or self.rows_before != self.rows_after)

    def to_json(self) -> dict[str, JSON]:
        """All of it."""
        by_rule = {"refused_by": dict(self.refused_by), "permitted_by": dict(self.permitted_by)}
        return {one.name: getattr(self, one.name) for one in fields(self)} | by_rule


class LimitTrial:
    """Compares two rankings of the same persons and products, that differ in the products' limits only."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._sets = EliminationSets(catalogue)
        self._refused_before, self._refused_after = (EliminationCounts(catalogue, self._sets) for _ in range(2))
        self.products = [ProductTrial(product_id) for product_id in catalogue.product_ids]
        self.n_persons = 0
        # Persons whose list is another then, has nothing any more, or had nothing before.
        self.n_lists_changed = 0
        self.n_lists_emptied = 0
        self.n_lists_filled = 0

    def add(self, before: Ranked, after: Ranked, published: PublishedPairs, segment: Coded) -> None:
        """Compare one block of n persons; `segment` is theirs."""
        for counts, ranked in ((self._refused_before, before), (self._refused_after, after)):
            counts.add(self._sets.number(ranked.mask), segment)
        was_permitted, is_permitted = before.mask == 0, after.mask == 0
        self._count_pairs(before, after, was_permitted, is_permitted)
        n_products = len(self.products)
        rows_before, rows_after = (
            np.bincount(ranking.products[ranking.is_filled], minlength=n_products)
            for ranking in (before.ranking, after.ranking)
        )
        gone = (was_permitted & ~is_permitted)[published.persons, published.columns]
        n_published = np.bincount(published.columns, minlength=n_products)
        n_gone = np.bincount(published.columns[gone], minlength=n_products)
        for column, product in enumerate(self.products):
            product.rows_before += int(rows_before[column])
            product.rows_after += int(rows_after[column])
            product.n_published += int(n_published[column])
            product.n_published_gone += int(n_gone[column])
        had, has = before.ranking.is_filled.any(axis=1), after.ranking.is_filled.any(axis=1)
        self.n_persons += len(before.mask)
        self.n_lists_changed += int((before.ranking.products != after.ranking.products).any(axis=1).sum())
        self.n_lists_emptied += int((had & ~has).sum())
        self.n_lists_filled += int((~had & has).sum())

    def warnings(self, max_share: float) -> list[ReachWarning]:
        """Rules that would refuse products to more than `max_share` of all persons, or of a segment, and do not yet."""
        return new_reach_warnings(self._refused_before, self._refused_after, self._catalogue, max_share)

    def _count_pairs(
        self, before: Ranked, after: Ranked, was_permitted: npt.NDArray[np.bool_], is_permitted: npt.NDArray[np.bool_]
    ) -> None:
        for column in np.flatnonzero((was_permitted != is_permitted).any(axis=0)).tolist():
            product = self.products[column]
            refused = _cells(after, column, was_permitted[:, column] & ~is_permitted[:, column])
            permitted = _cells(before, column, ~was_permitted[:, column] & is_permitted[:, column])
            product.n_refused += refused.total()
            product.n_permitted += permitted.total()
            product.refused_by += _by_rule(refused)
            product.permitted_by += _by_rule(permitted)


def _cells(ranked: Ranked, column: int, rows: npt.NDArray[np.bool_]) -> Counter[int]:
    """How often each cell of a column stands in these rows."""
    counted = pa.array(ranked.mask[rows, column]).value_counts().to_pylist()
    return Counter({one["values"]: one["counts"] for one in counted})


def _by_rule(cells: Counter[int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, n_persons in cells.items():
        found.update(dict.fromkeys(refusers(cell).rules, n_persons))
    return found
