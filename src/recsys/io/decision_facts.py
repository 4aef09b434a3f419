"""`serving.decision_facts`: what every decision of a publication rested on, written block by block, read for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from recsys.errors import NotFoundError
from recsys.governance.decision_facts import Field, fields_of, read_lines, write_lines
from recsys.io.arrow_copy import write_table
from recsys.io.partitions import FACTS, partition
from recsys.io.postgres import Connection


@dataclass(frozen=True)
class StoredDecision:
    """What is stored of one customer in one publication.

    `facts` has one row and every field; `recommended` are the published rows, best first.
    """

    facts: pa.Table
    recommended: Sequence[dict[str, Any]]


class DecisionWriter:
    """Writes the lines of one publication to the partition aside, in the transaction that created it."""

    def __init__(self, connection: Connection, publication_id: int) -> None:
        self._connection, self._publication_id = connection, publication_id
        self._fields: tuple[Field, ...] = ()

    def write(self, *tables: pa.Table) -> None:
        """Append one block of persons: `tables` hold the same persons in the same order, and the same columns always.

        The names of the values are kept with the first block.
        """
        if not self._fields:
            self._fields = fields_of(*(table.schema for table in tables))
            self._write_fields()
        lines = pa.table({"person_key": tables[0]["person_key"], "facts": write_lines(self._fields, *tables)})
        write_table(self._connection, partition(FACTS, self._publication_id), lines, freeze=True)

    def _write_fields(self) -> None:
        statement = "copy serving.decision_fields (publication_id, position, name, kind) from stdin"
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for position, field in enumerate(self._fields):
                copy.write_row([self._publication_id, position, field.name, field.kind])


def read_decision(connection: Connection, publication_id: int, customer_id: str, asked_by: str) -> StoredDecision:
    """What is stored of the customer in the publication; audited. `connection` is the officer's.

    Raises `NotFoundError` where nothing is.
    """
    row = connection.execute(
        "select person_key::text, facts, recommended from serving.read_decision(%s, %s, %s)",
        [publication_id, customer_id, asked_by],
    ).fetchone()
    # A look that finds nothing is audited too.
    connection.commit()
    if row is None:
        raise NotFoundError(
            f"Publication {publication_id} holds no decision about this customer.",
            remedy="There is no such id, nothing may be offered to its owner, or the publication is no longer kept; "
            "`recsys publications` lists those that are.",
        )
    person_key, facts, recommended = row
    return StoredDecision(read_lines(_fields(connection, publication_id), [person_key], [facts]), recommended or [])


def _fields(connection: Connection, publication_id: int) -> list[Field]:
    rows = connection.execute(
        "select name, kind from serving.decision_fields where publication_id = %s order by position", [publication_id]
    ).fetchall()
    return [Field(name, kind) for name, kind in rows]
