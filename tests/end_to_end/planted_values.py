"""Looking for the demo bank's personal data in everything that a finished run leaves behind.

Deliberately written without `recsys.privacy`: a mistake there must not hide itself here.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick
from psycopg import sql

from recsys.io.postgres import Connection, Database, open_database
from recsys.settings import Settings

# Where personal values belong: encrypted, and behind the privacy boundary.
INSIDE = ("identity", "quarantine")
# The bank's own feed, the server's own files (its tables are read by query) and the keys.
NOT_OURS = ("feeds/", "postgres/data/", "secrets.json")
KINDS = ("full_name", "email", "phone", "street", "national_id", "iban")
KEYS = {"transactions": "transaction_id", "surveys": "response_id", "interactions": "event_id"}
# How planted values are written.
VARIANTS = ("exact", "case", "spacing", "order", "accents", "initials", "typo")
# Such a value may be a third person's, so it is looked for where it was planted and nowhere else.
AMBIGUOUS = ("initials", "typo")
# How letters with two dots are written without them: as "ue", or as "u", which `_compact` makes of them.
DIGRAPHS = (str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}),)
CHUNK = 1 << 15
# Longer than any value, so that none is cut in two where a text has no lines.
OVERLAP = 200


@dataclass(frozen=True)
class Leak:
    """A value of a customer at a place where it must not be."""

    place: str
    kind: str
    value: str


class Planting(NamedTuple):
    """A kind of planted value and how it is written there."""

    is_customer: bool
    kind: str
    variant: str


class Outcome(NamedTuple):
    """Of the planted values of a kind how many stand in rows that passed, and how many are left there."""

    planted: int
    left: int


def find_leaks(home: Settings, truth_dir: Path) -> list[Leak]:
    """Every planted value, and every value of the feed's customers, in tables, files, logs and artifacts of `home`."""
    search = Search(_planted(truth_dir))
    places = [*_table_texts(home), *_file_texts(home)]
    return sorted({leak for place, texts in places for leak in search.leaks(place, texts)}, key=str)


def count_planted(home: Settings, truth_dir: Path) -> dict[Planting, Outcome]:
    """Of each kind of planted value how many stand in rows of `raw`, and how many of them can still be read there.

    A name with initials or a typing error may be anybody's, so it counts only in the very row in which it was planted.
    """
    planted = list(_rows(truth_dir / "planted.csv"))
    outcomes: dict[Planting, Outcome] = {}
    with open_database(home).connect("transform") as connection:
        for place in sorted({(row["table"], row["column"]) for row in planted}):
            texts = _raw_texts(connection, *place)
            for row in planted:
                # A row with dirty values is in quarantine, where its texts are encrypted.
                if (row["table"], row["column"]) == place and (text := texts.get(row["row_id"])) is not None:
                    planting = Planting(row["is_customer"].lower() == "true", row["kind"], row["variant"])
                    found = outcomes.get(planting, Outcome(0, 0))
                    outcomes[planting] = Outcome(found.planted + 1, found.left + _is_left(row["value"], text))
    return outcomes


def _raw_texts(connection: Connection, table: str, column: str) -> dict[str, str]:
    query = sql.SQL("select {}, {} from {}").format(
        *map(sql.Identifier, (KEYS[table], column)), sql.Identifier("raw", table)
    )
    return dict(connection.execute(query).fetchall())


def _is_left(value: str, text: str) -> bool:
    """Whether the words of `value` stand in `text`, in any case and with anything between them."""
    words = [re.escape(_compact(word)) for word in re.findall(r"[^\W_]+", value)]
    plain = "".join(_compact(character) or " " for character in text)
    return re.search(r"(?<![^\W_])" + r"\W*".join(words) + r"(?![^\W_])", plain) is not None


class Search:
    """All values in one Aho-Corasick automaton, over texts without case, accents, spaces and punctuation."""

    def __init__(self, values: dict[str, Leak]) -> None:
        self._automaton: Any = ahocorasick.Automaton()
        for compact, leak in values.items():
            self._automaton.add_word(compact, (len(compact), leak))
        self._automaton.make_automaton()

    def leaks(self, place: str, texts: Iterator[str]) -> Iterator[Leak]:
        for text in texts:
            compact = _compact(text)
            hits = list(self._automaton.iter(compact))
            if not hits:
                continue
            source = [index for index, character in enumerate(text) for _ in _compact(character)]
            for last, (length, leak) in hits:
                before, after = source[last - length + 1] - 1, source[last] + 1
                is_word = not (before >= 0 and text[before].isalnum()) and not text[after : after + 1].isalnum()
                if is_word:
                    yield replace(leak, place=place)


def _planted(truth_dir: Path) -> dict[str, Leak]:
    values: dict[str, Leak] = {}
    for row in _rows(truth_dir / "planted.csv"):
        if row["is_customer"].lower() == "true" and row["variant"] not in AMBIGUOUS:
            values[_compact(row["value"])] = Leak("", row["kind"], row["value"])
    for row in _rows(truth_dir.parent / "customers.csv"):
        for kind in KINDS:
            for value in _spellings(kind, row[kind]):
                values[_compact(value)] = Leak("", kind, value)
    # Dirty values of one or two characters would be found everywhere.
    return {compact: leak for compact, leak in values.items() if len(compact) > 5}


def _spellings(kind: str, value: str) -> list[str]:
    if kind != "full_name" or " " not in value.strip():
        return [value]
    names = {value.strip(), *(value.strip().translate(digraphs) for digraphs in DIGRAPHS)}
    return [spelling for name in names for spelling in (name, " ".join(reversed(name.split(" ", 1))))]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _compact(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if character.isalnum())


def _table_texts(home: Settings) -> Iterator[tuple[str, Iterator[str]]]:
    main = open_database(home)
    for name in (home.database_name, home.airflow_database, home.mlflow_database):
        with replace(main, name=name).connect("admin") as connection:
            for schema, table in _tables(connection):
                if name != home.database_name or schema not in INSIDE:
                    yield f"{name}: {schema}.{table}", _table_text(replace(main, name=name), schema, table)


def _tables(connection: Connection) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
        """
    ).fetchall()


def _table_text(database: Database, schema: str, table: str) -> Iterator[str]:
    query = sql.SQL("copy (select rows::text from {} as rows) to stdout (format csv)").format(
        sql.Identifier(schema, table)
    )
    with database.connect("admin") as connection, connection.cursor() as cursor:
        # Bytes would be written as hex digits, in which nothing is found.
        cursor.execute("set bytea_output = 'escape'")
        with cursor.copy(query) as copy:
            yield from _chunks(bytes(block).decode() for block in copy)


def _file_texts(home: Settings) -> Iterator[tuple[str, Iterator[str]]]:
    folders = {home.home, home.artifact_root}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            place = str(path.relative_to(folder))
            if path.is_file() and not place.startswith(NOT_OURS):
                yield place, _chunks(_contents(path.name, path.read_bytes()))


def _contents(name: str, content: bytes) -> Iterator[str]:
    yield name + "\n"
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _contents(member, archive.read(member))
    elif name.endswith(".parquet"):
        import pyarrow.parquet as pq

        yield str(pq.read_table(io.BytesIO(content)).to_pylist())
    else:
        yield content.decode("utf-8", errors="ignore")
        # numpy writes its texts with four bytes a character.
        yield content.decode("utf-8", errors="ignore").replace("\0", "")


def _chunks(texts: Iterator[str]) -> Iterator[str]:
    """Pieces of about `CHUNK` characters that end with a line where there is one."""
    rest = ""
    for text in texts:
        rest += text
        while len(rest) >= CHUNK:
            end = rest.rfind("\n", OVERLAP, CHUNK) + 1
            yield _unescaped(rest[: end or CHUNK])
            rest = rest[end or CHUNK - OVERLAP :]
    yield _unescaped(rest)


def _unescaped(text: str) -> str:
    """JSON within a text: an escaped line break would put an "n" before the word that follows."""
    text = re.sub(r"\\+[ntr]", " ", text)
    return re.sub(r"\\+u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
