from __future__ import annotations

import numpy as np

from recsys.ranking.customers import Coded
from recsys.ranking.segment_products import SegmentProduct, SegmentProducts
from recsys.ranking.top_n import Ranking


def ranking(*lists: list[int]) -> Ranking:
    """One list of columns per person, -1 where nothing more is permitted."""
    products = np.array(lists, dtype=np.int32)
    return Ranking(products, np.where(products >= 0, 1.0, np.nan).astype(np.float32))


def coded(*segments: str | None) -> Coded:
    values = tuple(sorted({one for one in segments if one is not None}))
    return Coded(np.array([-1 if one is None else values.index(one) for one in segments], np.int32), values)


def test_lists_are_counted_by_segment_also_where_blocks_number_segments_otherwise() -> None:
    counts = SegmentProducts(("card", "fund", "loan"))
    counts.add(ranking([1, 0], [1, -1], [-1, -1]), coded("retail", "private", "retail"))
    counts.add(ranking([2, 1], [1, 2]), coded("retail", None))
    assert sorted(counts, key=lambda one: (one.segment or "", one.product_id)) == [
        SegmentProduct(None, "fund", 1, 1),
        SegmentProduct(None, "loan", 1, 0),
        SegmentProduct("private", "fund", 1, 1),
        SegmentProduct("retail", "card", 1, 0),
        SegmentProduct("retail", "fund", 2, 1),
        SegmentProduct("retail", "loan", 1, 1),
    ]


def test_nobody_ranked_is_nothing_counted() -> None:
    assert list(SegmentProducts(("card",))) == []
