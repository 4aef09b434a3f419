"""What a decision rested on, one compact line per person: the values that the model and the rules looked at.

A line is a JSON array of values without names; the names and kinds are kept once for a whole publication. Numbers are
written so that reading them back gives the same number, so scores and rules can be computed again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.errors import RunError

_KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "texts": pa.list_(pa.string()),
    "days": pa.list_(pa.date32()),
}
_KEY = "person_key"


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a line: the column that it comes from, and its kind, a word of `KINDS`."""

    name: str
    kind: str


def fields_of(*tables: pa.Schema) -> tuple[Field, ...]:
    """The fields of lines made of such tables, their key left out; a column of several tables is one field.

    Raises `RunError` for a column of a type that no line holds.
    """
    types = {field.name: field.type for table in tables for field in table if field.name != _KEY}
    return tuple(Field(name, _kind(name, kind)) for name, kind in types.items())


def write_lines(fields: Sequence[Field], *tables: pa.Table) -> pa.StringArray:
    """One line (n,) for each of the n persons of `tables`, whose rows are the same persons in the same order."""
    columns = {name: table.column(name) for table in tables for name in table.column_names}
    values = [_as_json(columns[field.name].combine_chunks()) for field in fields]
    if not values:
        return pa.array(["[]"] * tables[0].num_rows, pa.string())
    joined = pc.binary_join_element_wise(*values, ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


def read_lines(fields: Sequence[Field], person_keys: Sequence[str], lines: Sequence[Sequence[Any]]) -> pa.Table:
    """The persons of `lines`, parsed JSON arrays, as one table with their keys and every field."""
    columns: dict[str, pa.Array] = {_KEY: pa.array(person_keys, pa.string())}
    for place, field in enumerate(fields):
        columns[field.name] = _parsed([line[place] for line in lines], _KINDS[field.kind])
    return pa.table(columns)


def _kind(name: str, wanted: pa.DataType) -> str:
    for kind, known in _KINDS.items():
        if known == wanted:
            return kind
    raise RunError(
        f"{name} has the type {wanted}, which a decision record cannot hold.", remedy="Give it another type."
    )


def _as_json(values: pa.Array) -> pa.StringArray:
    if pa.types.is_floating(values.type):
        # What is no number has no JSON either, and means that nothing is known.
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type) or pa.types.is_boolean(values.type):
        return pc.fill_null(pc.cast(values, pa.string()), "null")
    # Few values are shared by many persons: each of them is written once.
    return _shared(values)


def _shared(values: pa.Array) -> pa.StringArray:
    if pa.types.is_list(values.type):
        texts = pc.binary_join(pc.cast(values, pa.list_(pa.string())), _SEPARATOR)
        encoded = texts.dictionary_encode()
        written = [json.dumps(text.split(_SEPARATOR), ensure_ascii=False) for text in encoded.dictionary.to_pylist()]
    else:
        encoded = pc.cast(values, pa.string()).dictionary_encode()
        written = [json.dumps(text, ensure_ascii=False) for text in encoded.dictionary.to_pylist()]
    places = pc.fill_null(encoded.indices, len(written))
    return pa.array([*written, "null"], pa.string()).take(places)


# As the lists of products are read from the database; no id holds it.
_SEPARATOR = "\x1f"


def _parsed(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_date32(kind):
        return pa.array(values, pa.string()).cast(kind)
    if pa.types.is_list(kind) and pa.types.is_date32(kind.value_type):
        return pa.array(values, pa.list_(pa.string())).cast(kind)
    return pa.array(values, kind)
