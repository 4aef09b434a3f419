"""Repairing rejected rows: values are set in the sealed row, and the contract says at once what is still wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from recsys.cleaning.hashing import HashSet
from recsys.cleaning.quarantined import as_batch, feed_texts
from recsys.cleaning.rows import Reject
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError
from recsys.feed.columns import Table
from recsys.feed.contract import TABLE_BY_NAME
from recsys.io.known_ids import read_known_among
from recsys.io.postgres import Connection
from recsys.io.quarantine import unsealed_row
from recsys.io.quarantine_decisions import QuarantinedRow


def current_values(row: QuarantinedRow, key: bytes) -> dict[str, Any]:
    """The row as it would flow in: as repaired last, or as it was rejected."""
    return unsealed_row(row.repaired or row.payload, key)


def repaired_rows(
    rows: Sequence[QuarantinedRow], changes: Mapping[str, str | None], key: bytes
) -> list[dict[str, Any]]:
    """The values of `rows` with `changes`.

    Raises `ContractError` for a column that neither the contract nor the row has.
    """
    found = []
    for row in rows:
        values = current_values(row, key)
        table = TABLE_BY_NAME[row.table_name]
        unknown = [name for name in changes if name not in {*table.column_names, *values}]
        if unknown:
            raise ContractError(
                f"{row.table_name} has no column {', '.join(unknown)}.",
                remedy=f"Its columns are {', '.join(table.column_names)}.",
            )
        found.append({**values, **changes})
    return found


def check_repaired(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], latest: date
) -> dict[int, Reject]:
    """By place in `rows`, what a run would still refuse. `latest` is the last day that a date may name.

    Whether a key is taken already is known once the next feed is read.
    """
    validator = TableValidator(
        table, (), file="quarantine", latest=latest, known=_known(connection, table, rows), are_versions=True
    )
    checked = validator.check(as_batch(table, rows, source="", versions=[""] * len(rows)))
    return {reject.line: reject for reject in checked.rejects}


def _known(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> dict[str, HashSet]:
    texts = [feed_texts(table, row) for row in rows]
    known = {}
    for column in table.columns:
        if column.references is not None:
            values = {text for row in texts if (text := row.get(column.name)) is not None}
            known[column.references] = read_known_among(connection, column.references, values)
    return known
