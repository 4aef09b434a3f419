from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_counts import count_spellings


def test_customer_with_many_rows_counts_once_and_missing_values_do_not() -> None:
    values = pa.chunked_array([["Berlin", None, "Paris"], ["Berlin", "Berlin", "Paris", "Lyon"]])
    customer = np.array([0, 1, 2, 0, 3, 2, 1])
    assert count_spellings(values, customer) == [
        Spelling("Berlin", 3, 2),
        Spelling("Paris", 2, 1),
        Spelling("Lyon", 1, 1),
    ]


def test_column_without_a_value_has_no_spelling() -> None:
    assert count_spellings(pa.chunked_array([pa.nulls(2, pa.string())]), np.array([0, 1])) == []
    assert count_spellings(pa.chunked_array([], pa.string()), np.array([], np.int64)) == []
