"""How many persons of each segment a rule refused which product, added up block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import Coded
from recsys.ranking.eligibility import refusers
from recsys.ranking.eliminations import EliminationSets, SetIds
from recsys.ranking.segment_codes import SegmentCodes


@dataclass(frozen=True, slots=True)
class EliminationCount:
    """Persons of `segment`, None for those of whom none is known, to whom `rule` refused a product.

    `n_unknown` of the `n_refused` because the customer's side is not known.
    """

    product_id: str
    rule: str
    segment: str | None
    n_refused: int
    n_unknown: int


class EliminationCounts:
    """Counts persons per product, segment and set of rules; what the sets stand for is asked at the end."""

    def __init__(self, catalogue: Catalogue, sets: EliminationSets) -> None:
        self._product_ids = catalogue.product_ids
        self._sets = sets
        self._segments = SegmentCodes()
        # Per product (n_segments, n_sets), as large as what was seen so far.
        self._counts = [np.zeros((0, 0), dtype=np.int64) for _ in catalogue.products]

    def add(self, set_ids: SetIds, segment: Coded) -> None:
        """Count one block: int16 (n, n_products), and the segment of the same n persons."""
        codes = self._segments.add(segment)
        for column, counted in enumerate(self._counts):
            shape = len(self._segments), len(self._sets.cells(column))
            flat = np.bincount(codes * shape[1] + set_ids[:, column], minlength=shape[0] * shape[1])
            self._counts[column] = _grown(counted, shape) + flat.reshape(shape)

    @property
    def persons(self) -> dict[str | None, int]:
        """Persons counted, by segment."""
        return self._segments.persons

    def __iter__(self) -> Iterator[EliminationCount]:
        """One entry per product, rule and segment in which the rule refused anybody."""
        segments = self._segments.names
        for column, product_id in enumerate(self._product_ids):
            refused, unknown = self._by_rule(column)
            for rule, by_segment in refused.items():
                for code in np.flatnonzero(by_segment):
                    n_unknown = int(unknown[rule][code]) if rule in unknown else 0
                    yield EliminationCount(product_id, rule, segments[code], int(by_segment[code]), n_unknown)

    def _by_rule(self, column: int) -> tuple[dict[str, npt.NDArray[np.int64]], dict[str, npt.NDArray[np.int64]]]:
        """Per rule (n_segments,) persons refused, and refused because something is unknown."""
        refused: dict[str, npt.NDArray[np.int64]] = {}
        unknown: dict[str, npt.NDArray[np.int64]] = {}
        counted = self._counts[column]
        for by_segment, cell in zip(counted.T, self._sets.cells(column), strict=False):
            found = refusers(cell)
            for into, rules in ((refused, found.rules), (unknown, found.unknown)):
                for rule in rules:
                    into[rule] = into.get(rule, np.zeros(len(counted), dtype=np.int64)) + by_segment
        return refused, unknown


def _grown(counted: npt.NDArray[np.int64], shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    grown = np.zeros(shape, dtype=np.int64)
    grown[: counted.shape[0], : counted.shape[1]] = counted
    return grown
