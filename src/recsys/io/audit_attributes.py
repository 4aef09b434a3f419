"""Attributes of customers, some of which no model sees, read to see whether groups of them are served alike."""

from __future__ import annotations

import pyarrow as pa
from psycopg import sql

from recsys.io.arrow_copy import read_batches
from recsys.io.postgres import Connection

# Texts by which customers can be told apart.
LABELS = ("segment", "region", "country", "gender", "marital_status", "education", "employment_status")
_READ_AT_A_TIME = 50_000
_SCHEMA = pa.schema(
    {
        "person_key": pa.string(),
        **dict.fromkeys(LABELS, pa.string()),
        "birth_year": pa.float64(),
        "registered_date": pa.date32(),
    }
)


def read_audit_attributes(connection: Connection, last_person_key: str) -> pa.Table:
    """Of the persons up to and including `last_person_key`, ordered by `person_key`, as known at `as_of`."""
    query = sql.SQL(
        """
        select person_key, {labels}, birth_year, registered_date from marts.dim_customers
        where person_key <= %s
        order by person_key
        """
    ).format(labels=sql.SQL(", ").join(map(sql.Identifier, LABELS)))
    blocks = list(read_batches(connection, query, [last_person_key], _SCHEMA, _READ_AT_A_TIME))
    return pa.concat_tables(blocks) if blocks else _SCHEMA.empty_table()
