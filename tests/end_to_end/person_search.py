"""Looking for one person in everything that an installation keeps: tables of every database, sealed values, files.

Deliberately written without the registry of places and without the code that erases: what they forget is found here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql
from tests.end_to_end.planted_values import NOT_OURS, Leak, Search, _chunks, _compact, _contents

from recsys.io.postgres import Connection, open_database
from recsys.settings import Settings

KINDS = ("full_name", "email", "phone", "national_id", "iban")
PURPOSES = ("contact", "originals", "source row", "quarantine", "privacy request", "restricted rows", "landing")


@dataclass
class Person:
    """What names one person. `needles` are ids, pseudonyms and hashes; `values` what people call them by."""

    customer_ids: list[str]
    values: dict[str, str]
    needles: set[str] = field(default_factory=set)

    def learn_keys(self, home: Settings) -> None:
        """The pseudonyms and hashes under which the tables know the person, as they stand there."""
        self.needles |= set(self.customer_ids)
        with open_database(home).connect("admin") as connection:
            keys = connection.execute(
                "select customer_key::text, person_key::text from identity.customers where customer_id = any(%s)",
                [self.customer_ids],
            ).fetchall()
            self.needles |= {form for row in keys for key in row for form in (key, key.replace("-", ""))}
        assert len(keys) == len(self.customer_ids)


def person_of(feed: Path, customer_ids: list[str]) -> Person:
    """Their values in the feed, but for those that somebody else has too."""
    own: dict[str, str] = {}
    others: set[str] = set()
    with (feed / "customers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = {_compact(row[kind]): kind for kind in KINDS if len(_compact(row[kind])) > 7}
            if row["customer_id"] in customer_ids:
                own |= found
            else:
                others |= set(found)
    return Person(customer_ids, {value: kind for value, kind in own.items() if value not in others})


def find_person(home: Settings, person: Person) -> dict[str, set[str]]:
    """By place, of tables and files, what kinds of values of the person stand there, also under a seal."""
    search = Search({compact: Leak("", kind, compact) for compact, kind in person.values.items()})
    found: dict[str, set[str]] = {}
    for place, texts in chain(_tables(home), _files(home)):
        for text in texts:
            kinds = {leak.kind for leak in search.leaks(place, iter([text]))}
            kinds |= {"key" for needle in person.needles if needle in text}
            if kinds:
                found.setdefault(place, set()).update(kinds)
    return found


def _tables(home: Settings) -> Iterator[tuple[str, Iterator[str]]]:
    main = open_database(home)
    for name in (home.database_name, home.airflow_database, home.mlflow_database):
        with replace(main, name=name).connect("admin") as connection:
            for schema, table in _names(connection):
                parent = table.rpartition("_p")[0] if table.rpartition("_p")[2].isdigit() else table
                place = f"{schema}.{parent}" if name == home.database_name else f"{name}: {schema}.{table}"
                yield place, _rows(connection, home, schema, table)


def _names(connection: Connection) -> list[Any]:
    return connection.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
        """
    ).fetchall()


def _rows(connection: Connection, home: Settings, schema: str, table: str) -> Iterator[str]:
    keys = [bytes.fromhex(value) for value in _secrets(home).values() if len(value) == 64]
    with connection.cursor(name="rows") as cursor:
        cursor.execute(sql.SQL("select to_jsonb(rows) from {} as rows").format(sql.Identifier(schema, table)))
        for (row,) in cursor:
            yield json.dumps(row, ensure_ascii=False)
            for value in row.values():
                if isinstance(value, str) and value.startswith("\\x") and len(value) > 58:
                    yield from _opened(bytes.fromhex(value[2:]), keys)


def _opened(sealed: bytes, keys: list[bytes]) -> Iterator[str]:
    for key in keys:
        for purpose in PURPOSES:
            try:
                content = AESGCM(key).decrypt(sealed[:12], sealed[12:], purpose.encode()).decode()
            except InvalidTag:
                continue
            yield json.dumps(json.loads(content), ensure_ascii=False)
            return


def _secrets(home: Settings) -> dict[str, str]:
    values: dict[str, str] = json.loads((home.home / "secrets.json").read_text())
    return {name: value for name, value in values.items() if "_key" in name}


def _files(home: Settings) -> Iterator[tuple[str, Iterator[str]]]:
    for folder in {home.home, home.artifact_root}:
        for path in sorted(folder.rglob("*")):
            place = str(path.relative_to(folder))
            if path.is_file() and not place.startswith(NOT_OURS):
                yield place, _chunks(_contents(path.name, path.read_bytes()))
