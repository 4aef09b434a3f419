from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from recsys.io.publication_rows import elimination_table, recommendation_table
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


def test_refusals_become_one_row_per_person_to_whom_anything_is_refused() -> None:
    table = elimination_table(KEYS, np.array([[0, 12, 0], [0, 0, 0], [3, 1, 257]], np.int16))
    assert table.to_pylist() == [
        {"person_key": "first", "set_ids": "{0,12,0}"},
        {"person_key": "third", "set_ids": "{3,1,257}"},
    ]


@pytest.mark.parametrize("n_products", [1, 7, 300])
def test_numbers_come_back_as_they_went_whoever_shares_them(n_products: int) -> None:
    set_ids = np.random.default_rng(7).integers(1, 4, size=(500, n_products)).astype(np.int16)
    keys = pa.array([str(number) for number in range(500)])
    written = elimination_table(keys, set_ids)["set_ids"].to_pylist()
    assert [[int(number) for number in text.strip("{}").split(",")] for text in written] == set_ids.tolist()


def test_nobody_who_is_refused_anything_gives_no_row() -> None:
    assert elimination_table(KEYS, np.zeros((3, 3), np.int16)).num_rows == 0
