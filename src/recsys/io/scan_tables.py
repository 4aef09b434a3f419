"""Texts of every table of the installation's databases, to be looked through for personal data."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from psycopg import sql

from recsys.feed.contract import CUSTOMERS
from recsys.io.identity import PURPOSE
from recsys.io.postgres import Connection, Database
from recsys.io.sealing import unseal
from recsys.privacy.scanning import Texts
from recsys.privacy.spellings import IDENTITIES

_FETCH_ROWS = 2_000
_MAX_BYTES = 1 << 22
# Zones in which bytes are sealed, and the column there that holds customer ids in clear; `ops.open_scan` refuses it.
SEALED_ZONES = ("identity", "quarantine")
_CLEAR_ID = "customer_id"


@dataclass(frozen=True, slots=True)
class ScanTable:
    """A table with columns that may hold texts. `place` is its name, of a partition the name of the whole."""

    schema: str
    table: str
    place: str
    n_rows: int
    columns: tuple[str, ...]
    binary: tuple[bool, ...]


def read_scan_tables(connection: Connection) -> list[ScanTable]:
    """Every table of the database of `connection` with a column of texts, JSON or bytes."""
    rows = connection.execute(
        r"""
        select
            schemas.nspname, tables.relname,
            schemas.nspname || '.' || coalesce(parents.relname, regexp_replace(tables.relname, '_rows_p\d+$', '_rows')),
            greatest(tables.reltuples, 0)::bigint,
            array_agg(columns.attname::text order by columns.attnum),
            array_agg(types.typname = 'bytea' order by columns.attnum)
        from pg_class as tables
        inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
        inner join pg_attribute as columns
            on columns.attrelid = tables.oid and columns.attnum > 0 and not columns.attisdropped
        inner join pg_type as types on types.oid = columns.atttypid
        left join pg_inherits on pg_inherits.inhrelid = tables.oid
        left join pg_class as parents on parents.oid = pg_inherits.inhparent
        where tables.relkind in ('r', 'm') and schemas.nspname <> 'information_schema'
            and schemas.nspname not like 'pg\_%'
            and types.typname in ('text', 'varchar', 'bpchar', 'json', 'jsonb', 'xml', 'bytea', '_text', '_varchar')
        group by 1, 2, 3, 4
        order by 1, 2
        """
    ).fetchall()
    return [
        ScanTable(schema, table, place, n_rows, tuple(columns), tuple(binary))
        for schema, table, place, n_rows, columns, binary in rows
    ]


def read_own_texts(connection: Connection, sample_rows: int | None, seed: int) -> Iterator[Texts]:
    """Texts of the bank's own database; `connection` is the officer's, who reads them through a function."""
    for table in read_scan_tables(connection):
        columns = [name for name in table.columns if table.schema not in SEALED_ZONES or name != _CLEAR_ID]
        if columns:
            with connection.transaction():
                connection.execute(
                    "select ops.open_scan('scanned', %s, %s, %s, %s, %s)",
                    [table.schema, table.table, columns, _share(table, sample_rows), seed],
                )
                yield from _fetched(connection, table, columns, sample_rows, "")
                connection.execute("close scanned")


def read_service_texts(connection: Connection, service: str, sample_rows: int | None, seed: int) -> Iterator[Texts]:
    """Texts of the database of a service, such as airflow, that `connection` as its owner may read."""
    for table in read_scan_tables(connection):
        expressions = [
            sql.SQL("encode(substring({} from 1 for 65536), 'base64')" if is_binary else "{}::text").format(
                sql.Identifier(name)
            )
            for name, is_binary in zip(table.columns, table.binary, strict=True)
        ]
        with connection.transaction():
            connection.execute(
                sql.SQL("declare scanned cursor for select {} from {} tablesample system ({}) repeatable ({})").format(
                    sql.SQL(", ").join(expressions),
                    sql.Identifier(table.schema, table.table),
                    sql.Literal(_share(table, sample_rows)),
                    sql.Literal(seed),
                )
            )
            yield from _fetched(connection, table, table.columns, sample_rows, f"{service}:")
            connection.execute("close scanned")


def read_identities(connection: Connection, database: Database) -> Iterator[tuple[str, list[str]]]:
    """What customers are known by, by column, in batches, opened in this process; the read is audited."""
    key = database.secrets.key("contact_key")
    with connection.transaction():
        connection.execute("select identity.contacts_for_scan('customers_for_scan')")
        while rows := connection.execute("fetch 16384 from customers_for_scan").fetchall():
            yield "customer_id", [customer_id for customer_id, _ in rows]
            contacts = [json.loads(unseal(contact, key, PURPOSE)) for _, contact in rows if contact is not None]
            for name in {name for contact in contacts for name in contact if _names_somebody(name)}:
                yield name, [str(contact[name]) for contact in contacts if contact.get(name) is not None]
        connection.execute("close customers_for_scan")


def _names_somebody(column: str) -> bool:
    """Contact data by which a customer is known: of the contract what `spellings` has, and all that a bank declared."""
    return column in IDENTITIES or column not in CUSTOMERS.column_names


def _share(table: ScanTable, sample_rows: int | None) -> float:
    """The percentage of a table's pages to read; twice of what is wanted, since pages are not equally full."""
    if sample_rows is None or table.n_rows <= 2 * sample_rows:
        return 100.0
    return max(100.0 * 2 * sample_rows / table.n_rows, 0.001)


def _fetched(
    connection: Connection, table: ScanTable, columns: Sequence[str], sample_rows: int | None, prefix: str
) -> Iterator[Texts]:
    is_binary = dict(zip(table.columns, table.binary, strict=True))
    n_read = 0
    # Pages come in their order: stopping at what is wanted would never reach the newest. This only bounds tables whose
    # number of rows is not known.
    while sample_rows is None or n_read < 4 * sample_rows:
        rows = connection.execute(sql.SQL("fetch {} from scanned").format(sql.Literal(_FETCH_ROWS))).fetchall()
        if not rows:
            return
        n_read += len(rows)
        for position, name in enumerate(columns):
            values = [row[position] for row in rows if row[position]]
            yield _texts(table, f"{prefix}{table.place}", name, values, is_binary[name])


def _texts(table: ScanTable, place: str, column: str, values: list[str], is_binary: bool) -> Texts:
    if not is_binary:
        return Texts(place, column, values)
    readable = [text for value in values if (text := _readable(base64.b64decode(value))) is not None]
    must_be_sealed = table.schema in SEALED_ZONES
    return Texts(place, column, [] if must_be_sealed and column.endswith("_hash") else readable, must_be_sealed)


def _readable(content: bytes) -> str | None:
    """`content` as a text, also where it was deflated; None where it is none. What is sealed looks random."""
    for attempt in (content, _inflated(content)):
        try:
            text = attempt.decode()
        except UnicodeDecodeError:
            continue
        if text and sum(character.isprintable() or character.isspace() for character in text) > 0.95 * len(text):
            return text
    return None


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content, _MAX_BYTES)
    except zlib.error:
        return b""
