from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.io.publication_rows import elimination_tables, recommendation_table
from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.scoring import Recommended
from recsys.ranking.top_n import Ranking

CATALOGUE = Catalogue((Product("a", "A", "card"), Product('b"\\', "B", "card"), Product("c", "C", "card")))
KEYS = pa.array(["first", "second", "third"])
BLOCK = Recommended(
    ranking=Ranking(
        products=np.array([[2, 0], [1, -1], [-1, -1]], np.int32),
        scores=np.array([[2.5, 0.5], [1.0, np.nan], [np.nan, np.nan]], np.float32),
    ),
    mask=np.array([[0, 1, 0], [1, 0, 1], [1, 1, 1]], np.uint64),
    reasons=np.array([[[3, 12, 0], [-1, -1, -1]], [[-1, 7, -1], [-1, -1, -1]], [[-1, -1, -1], [-1, -1, -1]]], np.int32),
)


def test_filled_places_become_rows_with_reasons_as_array_literals() -> None:
    assert recommendation_table(KEYS, BLOCK, CATALOGUE).to_pylist() == [
        {"person_key": "first", "rank": 1, "product_id": "c", "score": 2.5, "reason_ids": "{3,12,0}"},
        {"person_key": "first", "rank": 2, "product_id": "a", "score": 0.5, "reason_ids": "{}"},
        {"person_key": "second", "rank": 1, "product_id": 'b"\\', "score": 1.0, "reason_ids": "{7}"},
    ]


def test_refusals_become_one_row_per_person_and_rule_with_quoted_products() -> None:
    (table,) = elimination_tables(KEYS, BLOCK, CATALOGUE)
    assert table.to_pylist() == [
        {"person_key": "first", "rule": "already_held", "product_ids": '{"b\\"\\\\"}'},
        {"person_key": "second", "rule": "already_held", "product_ids": '{"a","c"}'},
        {"person_key": "third", "rule": "already_held", "product_ids": '{"a","b\\"\\\\","c"}'},
    ]
