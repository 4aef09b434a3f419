from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.cleaning.merging import SourceRows, merge_sources


def rows(has_row: list[bool], **columns: list[str | None]) -> SourceRows:
    return SourceRows({name: pa.array(values, pa.string()) for name, values in columns.items()}, np.array(has_row))


REGISTRATIONS = rows(
    [True, True, False], customer_id=["a", "b", None], phone=["1", None, None], name=["Ada", "Bob", None]
)
CRM = rows([True, True, True], customer_id=["a", "b", "c"], phone=["9", "8", "7"], segment=["mass", None, "mass"])


def test_first_source_that_has_a_value_wins() -> None:
    merged = merge_sources({"registrations": REGISTRATIONS, "crm": CRM}, ["registrations", "crm"], {})
    assert merged.columns["phone"].to_pylist() == ["1", "8", "7"]
    assert merged.columns["segment"].to_pylist() == ["mass", None, "mass"]
    assert merged.columns["name"].to_pylist() == ["Ada", "Bob", None]


def test_column_may_have_an_order_of_its_own() -> None:
    merged = merge_sources({"registrations": REGISTRATIONS, "crm": CRM}, ["registrations", "crm"], {"phone": ["crm"]})
    assert merged.columns["phone"].to_pylist() == ["9", "8", "7"]


def test_first_source_decides_whether_a_row_exists() -> None:
    merged = merge_sources({"registrations": REGISTRATIONS, "crm": CRM}, ["registrations", "crm"], {})
    assert merged.exists.tolist() == [True, True, False]
    assert merge_sources({"registrations": REGISTRATIONS, "crm": CRM}, ["crm", "registrations"], {}).exists.all()
