from __future__ import annotations

import json
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import RunError
from recsys.governance.decision_facts import fields_of, read_lines, write_lines

TEXTS = st.one_of(st.none(), st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])))
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
SCHEMA = pa.schema(
    {
        "person_key": pa.string(),
        "segment": pa.string(),
        "annual_income": pa.float64(),
        "is_in_arrears": pa.bool_(),
        "answered_date": pa.date32(),
        "held_product_ids": pa.list_(pa.string()),
    }
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "person_key": st.uuids().map(str),
                "segment": TEXTS,
                "annual_income": NUMBERS,
                "is_in_arrears": st.one_of(st.none(), st.booleans()),
                "answered_date": st.one_of(st.none(), st.dates()),
                "held_product_ids": st.lists(
                    st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1
                ),
            }
        ),
        min_size=1,
    )
)
def test_what_is_read_back_is_what_was_written(rows: list[dict[str, object]]) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    fields = fields_of(table.schema)
    lines = [json.loads(line) for line in write_lines(fields, table).to_pylist()]
    assert read_lines(fields, table["person_key"].to_pylist(), lines).equals(table)


def test_column_of_two_tables_is_written_once() -> None:
    rules = pa.table({"person_key": ["a"], "segment": ["retail"], "birth_year": [1980.0]})
    features = pa.table({"person_key": ["a"], "segment": ["retail"], "age_years": [46.0]})
    fields = fields_of(rules.schema, features.schema)
    assert [field.name for field in fields] == ["segment", "birth_year", "age_years"]
    assert write_lines(fields, rules, features).to_pylist() == ['["retail",1980,46]']


def test_number_that_is_none_is_unknown() -> None:
    table = pa.table({"person_key": ["a", "b"], "income": pa.array([float("nan"), float("inf")])})
    assert write_lines(fields_of(table.schema), table).to_pylist() == ["[null]", "[null]"]


def test_column_that_no_line_can_hold_is_an_error() -> None:
    with pytest.raises(RunError, match="opened has the type"):
        fields_of(pa.schema({"opened": pa.time32("s")}))


def test_day_is_a_day_again() -> None:
    table = pa.table({"person_key": ["a"], "day": pa.array([date(2026, 2, 28)])})
    fields = fields_of(table.schema)
    assert write_lines(fields, table).to_pylist() == ['["2026-02-28"]']
    assert read_lines(fields, ["a"], [["2026-02-28"]])["day"].to_pylist() == [date(2026, 2, 28)]
