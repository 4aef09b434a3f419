"""From the installation into the database of a replay: all rows once, and refusals again before every date."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from recsys.errors import RunError
from recsys.io.postgres import Connection, Database, read_key_versions
from recsys.io.replay_views import PASTS, read_columns
from recsys.types import Progress

_REFUSALS = (("ops", "suppressions"), ("ops", "consents_in_doubt"))
_OTHERS = tuple(("ops", name) for name in ("runs", "key_versions", "value_clusters", "declared_features"))


def fill_copy(source: Connection, copy: Database, progress: Progress) -> None:
    """All rows that dbt and the rules look at. The caller holds the writer's lock, so they are of one moment."""
    tables = [(past.schema, past.table, past.history) for past in PASTS]
    tables += [(schema, table, sql.Identifier(schema, table)) for schema, table in (*_OTHERS, *_REFUSALS)]
    with copy.connect("admin") as target:
        for number, (schema, table, into) in enumerate(tables):
            progress(number, len(tables), "tables copied")
            _stream(source, target, (schema, table), into)
            target.execute(sql.SQL("analyze {}").format(into))


def renew_refusals(live: Database, copy: Database) -> None:
    """Bring in what customers have refused since: a replay profiles nobody who must not be profiled by now.

    Raises `RunError` where the pseudonym key was rotated since, so that the copy knows customers by other keys.
    """
    if read_key_versions(live) != read_key_versions(copy):
        raise RunError("A key was rotated while the replay was at work.", remedy="Start again.")
    tables = [(past.schema, past.table, past.history) for past in PASTS if past.schema == "ops"]
    tables += [(schema, table, sql.Identifier(schema, table)) for schema, table in _REFUSALS]
    with live.connect("admin") as source, copy.connect("admin") as target:
        for schema, table, into in tables:
            target.execute(sql.SQL("truncate {}").format(into))
            _stream(source, target, (schema, table), into)


def _stream(source: Connection, target: Connection, table: Sequence[str], into: sql.Identifier) -> None:
    """All rows of a table, in PostgreSQL's own binary form, of which this process never holds more than a piece."""
    columns = sql.SQL(", ").join(map(sql.Identifier, read_columns(source, *table)))
    reading = sql.SQL("copy {} ({}) to stdout (format binary)").format(sql.Identifier(*table), columns)
    writing = sql.SQL("copy {} ({}) from stdin (format binary)").format(into, columns)
    with (
        source.cursor() as reader,
        target.cursor() as writer,
        reader.copy(reading) as pieces,
        writer.copy(writing) as copy,
    ):
        for piece in pieces:
            copy.write(piece)
