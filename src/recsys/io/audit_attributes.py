"""Attributes that no model sees, read for one purpose: to see whether groups of customers are served alike."""

from __future__ import annotations

import pyarrow as pa
from psycopg import sql

from recsys.io.arrow_copy import read_batches
from recsys.io.postgres import Connection

_READ_AT_A_TIME = 50_000
_SCHEMA = pa.schema(
    {
        "person_key": pa.string(),
        "segment": pa.string(),
        "region": pa.string(),
        "gender": pa.string(),
        "birth_year": pa.float64(),
        "registered_date": pa.date32(),
    }
)


def read_audit_attributes(connection: Connection, last_person_key: str) -> pa.Table:
    """Of the persons up to and including `last_person_key`, ordered by `person_key`, as known at `as_of`."""
    query = sql.SQL(
        """
        select person_key, segment, region, gender, birth_year, registered_date from marts.dim_customers
        where person_key <= %s
        order by person_key
        """
    )
    blocks = list(read_batches(connection, query, [last_person_key], _SCHEMA, _READ_AT_A_TIME))
    return pa.concat_tables(blocks) if blocks else _SCHEMA.empty_table()
