"""How often each product is recommended to the persons of a segment, added up block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.ranking.customers import Coded
from recsys.ranking.segment_codes import SegmentCodes
from recsys.ranking.top_n import Ranking


@dataclass(frozen=True, slots=True)
class SegmentProduct:
    """Lists of persons of `segment`, None for those of whom none is known, that `product_id` is in, and first in."""

    segment: str | None
    product_id: str
    n_rows: int
    n_first: int


class SegmentProducts:
    """Counts lists per segment and product."""

    def __init__(self, product_ids: tuple[str, ...]) -> None:
        self._product_ids = product_ids
        self._segments = SegmentCodes()
        # (n_segments, n_products), as many segments as were seen so far.
        self._rows = np.zeros((0, len(product_ids)), dtype=np.int64)
        self._first = np.zeros((0, len(product_ids)), dtype=np.int64)

    def add(self, ranking: Ranking, segment: Coded) -> None:
        """Count one block of n persons with the segment of each."""
        codes = self._segments.add(segment)
        persons, places = np.nonzero(ranking.is_filled)
        products = ranking.products[persons, places]
        self._rows = self._with(self._rows, codes[persons], products)
        is_first = places == 0
        self._first = self._with(self._first, codes[persons[is_first]], products[is_first])

    def __iter__(self) -> Iterator[SegmentProduct]:
        """One entry per segment and product that anybody of it is offered."""
        names = self._segments.names
        for code, product in zip(*np.nonzero(self._rows), strict=True):
            n_rows, n_first = int(self._rows[code, product]), int(self._first[code, product])
            yield SegmentProduct(names[code], self._product_ids[product], n_rows, n_first)

    def _with(
        self, counted: npt.NDArray[np.int64], codes: npt.NDArray[np.int64], products: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.int64]:
        n_segments, n_products = len(self._segments), len(self._product_ids)
        flat = np.bincount(codes * n_products + products, minlength=n_segments * n_products)
        added = flat.reshape(n_segments, n_products)
        added[: len(counted)] += counted
        return added
