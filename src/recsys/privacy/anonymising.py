"""One batch of a feed table on its way across the privacy boundary: each column treated as its class says."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from recsys.errors import PrivacyError
from recsys.feed.columns import Column, Kind, Privacy, Table
from recsys.feed.contract import PRODUCTS
from recsys.privacy.generalising import birth_years, regions
from recsys.privacy.keys import pseudonyms
from recsys.privacy.policy import check_declared, passing_columns
from recsys.privacy.redaction import Redactor, redact_column, replace_known

EXTRAS = "extras"
CUSTOMER = "customer_id"


def anonymise_batch(
    table: Table, extras: Sequence[Column], batch: pa.RecordBatch, key: bytes, redactor: Redactor
) -> pa.Table:
    """`batch` of the landing table `table` as rows of `raw`: columns under their raw names, `extras` as JSON text.

    The order of rows is kept. `key` is the installation's pseudonym key.

    Raises:
        PrivacyError: a column has no class, or one that cannot be applied to it.
    """
    check_declared(table, extras, batch.schema.names)
    passing = passing_columns(table, extras)
    n_extras = sum(column in extras for column in passing)
    own, additional = passing[: len(passing) - n_extras], passing[len(passing) - n_extras :]
    columns = {str(column.raw_name): _anonymise(table, column, batch, key, redactor) for column in own}
    if additional:
        values = {str(column.raw_name): _anonymise(table, column, batch, key, redactor) for column in additional}
        columns[EXTRAS] = _as_json(pa.table(values))
    return pa.table(columns)


def anonymise_keys(table: Table, keys: pa.RecordBatch, key: bytes) -> pa.Table:
    """The entity keys of rows of `table` under their raw names; other columns of `keys` pass as they are.

    `key` is the installation's pseudonym key.
    """
    columns = {}
    for name in keys.schema.names:
        column = table.column(name) if name in table.entity_key else None
        if column is not None and column.privacy is Privacy.PSEUDONYMISE:
            domain = str(column.raw_name)
            columns[domain] = pseudonyms(_comparable(column, keys.column(name)), key, domain)
        else:
            columns[name] = keys.column(name)
    return pa.table(columns)


def redacted_columns(table: Table, extras: Sequence[Column]) -> list[Column]:
    """The free-text columns of `table`."""
    return [column for column in passing_columns(table, extras) if column.privacy is Privacy.REDACT]


def open_columns(table: Table, extras: Sequence[Column]) -> list[Column]:
    """The columns of `table` that pass as they are and in which anything may be typed, also a customer's name."""
    return [column for column in passing_columns(table, extras) if _is_open(table, column)]


def _is_open(table: Table, column: Column) -> bool:
    # The catalogue is the bank's own, and a value that refers to another row must stay what it is.
    is_text = column.privacy is Privacy.KEEP and column.kind is Kind.TEXT and table is not PRODUCTS
    return is_text and not (column.choices or column.references or column.name in table.key)


def _anonymise(table: Table, column: Column, batch: pa.RecordBatch, key: bytes, redactor: Redactor) -> pa.Array:
    values = batch.column(column.name)
    match column.privacy:
        case Privacy.KEEP:
            return replace_known(values, redactor) if _is_open(table, column) else values
        case Privacy.PSEUDONYMISE:
            # The raw name is the domain: wherever a customer's id stands, it becomes the same customer_key.
            return pseudonyms(_comparable(column, values), key, str(column.raw_name))
        case Privacy.GENERALISE:
            return _generalise(f"{table.name}.{column.name}", values, batch)
        case Privacy.REDACT:
            return redact_column(values, redactor, batch.column(CUSTOMER) if CUSTOMER in batch.schema.names else None)
        case _:
            raise PrivacyError(f"{table.name}.{column.name} may not pass.", remedy="It is not to be asked for.")


def _generalise(name: str, values: pa.Array, batch: pa.RecordBatch) -> pa.Array:
    if name == "customers.birth_date":
        return birth_years(values)
    if name == "customers.postcode":
        return regions(values, batch.column("country"))
    raise PrivacyError(f"Nothing says what the coarser value of {name} is.", remedy="Choose another class.")


def _comparable(column: Column, values: pa.Array) -> pa.Array:
    """Account numbers are written with and without spaces; one account has one key."""
    text = values.cast(pa.string())
    if not column.name.endswith("iban"):
        return text
    return pc.utf8_upper(pc.replace_substring_regex(text, r"\s", ""))


def _as_json(values: pa.Table) -> pa.Array:
    # Amounts and dates become texts, which loses nothing; null values are left out.
    rows = ({name: value for name, value in row.items() if value is not None} for row in values.to_pylist())
    return pa.array([json.dumps(row, default=str, ensure_ascii=False) for row in rows], pa.string())
