from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.io.json_rows import json_rows


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                'na"me': st.none() | st.text(st.characters(codec="utf-8")),
                "born": st.none() | st.dates(),
                "n": st.none() | st.integers(-(2**63), 2**63 - 1),
                "is_in": st.none() | st.booleans(),
                "income": st.none() | st.decimals("-1e9", "1e9", places=2),
            }
        )
    )
)
def test_rows_are_read_as_what_they_were_without_the_empty_ones(rows: list[dict]) -> None:
    kinds = {
        'na"me': pa.string(),
        "born": pa.date32(),
        "n": pa.int64(),
        "is_in": pa.bool_(),
        "income": pa.decimal128(18, 2),
    }
    batch = pa.RecordBatch.from_pylist(rows, pa.schema(list(kinds.items())))
    filled = ({name: value for name, value in row.items() if value is not None} for row in rows)
    expected = [json.loads(json.dumps(row, default=str)) for row in filled]
    assert [json.loads(text) for text in json_rows(batch).to_pylist()] == expected


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"full_name": 'Ann "Nan" Lee', "street": None}, '{"full_name": "Ann \\"Nan\\" Lee"}'),
        ({"full_name": "José\n\\", "street": "Höhe 1"}, '{"full_name": "José\\n\\\\", "street": "Höhe 1"}'),
        ({"full_name": None, "street": None}, "{}"),
        ({"born": date(1980, 2, 29), "income": Decimal("1.50")}, '{"born": "1980-02-29", "income": "1.50"}'),
    ],
)
def test_row_is_written_as_json_writes_it(row: dict, text: str) -> None:
    columns = {name: pa.array([value], None if value is not None else pa.string()) for name, value in row.items()}
    assert json_rows(pa.RecordBatch.from_pydict(columns)).to_pylist() == [text]


def test_rows_without_columns_are_empty_objects() -> None:
    batch = pa.RecordBatch.from_pydict({"n": [1, 2]}).select([])
    assert json_rows(batch).to_pylist() == ["{}"] * batch.num_rows
