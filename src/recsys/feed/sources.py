"""`sources.toml`: the systems that a bank's data comes from, and how their columns become the feed contract's."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from recsys.errors import FeedFileError
from recsys.feed.clear_secrets import refuse_clear_secrets
from recsys.feed.columns import Privacy
from recsys.feed.contract import TABLE_BY_NAME
from recsys.feed.lags import parse_lag
from recsys.feed.manifest import Manifest, manifest_of
from recsys.feed.schedules import check_schedule
from recsys.feed.sources_keys import KIND_KEYS, KIND_TABLE_KEYS, SOURCE_KEYS, TABLE_KEYS, TOP_KEYS, Kind

FILE_NAME = "sources.toml"
REMEDY = "docs/sources.md describes every key; `recsys sources example` prints a whole sources.toml."
# What `ops.loads` calls rows that were repaired.
RESERVED = ("quarantine",)
_FEED_KEYS = ("name", "currency", "as_of", "history", "legal_basis", "columns")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """What one source delivers of one table of the contract.

    `origin` is the table, the pattern of file names or the path there. `columns` maps columns of the contract to those
    of the source. `cursor` is the source's column that grows with every change: rows are asked for from the last value
    seen less `lag`, and of two rows with one key the one with the larger cursor is newer. Without one, everything is
    read every time (of `files`: every file that is new or changed), and files are ordered by their paths.
    `deleted_column` with `deleted_values` marks rows that were deleted; `deletes_absent` says that a row which is not
    delivered any more was deleted. `ignored` are columns of the source that nobody wants; of any other that is not
    mapped `on_new_column` decides. `same_names` are the other columns of the contract: they are taken where the source
    has a column of that name. `options` are those of one kind of source only, such as the selector of an API.
    """

    name: str
    origin: str
    columns: Mapping[str, str]
    cursor: str | None = None
    lag: str = ""
    deleted_column: str | None = None
    deleted_values: tuple[str, ...] = ("true", "1", "D")
    deletes_absent: bool = False
    ignored: tuple[str, ...] = ()
    on_new_column: Literal["stop", "ignore"] = "stop"
    same_names: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One system. `location` and the values in `options` may name a credential: `env:NAME` or `airflow:CONNECTION`."""

    name: str
    kind: Kind
    location: str
    tables: tuple[SourceTable, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    schedule: str = "daily"


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources of a bank, and the manifest of the feed that they make together.

    `winners` names, by `table` or `table.column`, the sources from first to last: the first one that has a value wins.
    The first source of a table also decides whether a row exists.
    """

    manifest: Manifest
    sources: tuple[Source, ...]
    winners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def delivering(self, table_name: str) -> tuple[tuple[Source, SourceTable], ...]:
        """The sources of a table, the first winner first, the others in the order of the file."""
        found = [(source, table) for source in self.sources for table in source.tables if table.name == table_name]
        order = self.winners.get(table_name, ())
        return tuple(sorted(found, key=lambda pair: order.index(pair[0].name) if pair[0].name in order else len(order)))


def parse_sources(content: bytes, *, source: str = FILE_NAME) -> Sources:
    """The sources in `content`, the bytes of a `sources.toml`.

    Raises:
        FeedFileError: it is not TOML, a key, table or column is not known, or it holds a secret in clear text.
    """
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # The message of the parser may quote the line, and with it a secret; its place is after "(at".
        place = str(error).rpartition("(at ")[2].rstrip(")") if "(at " in str(error) else "its encoding"
        raise FeedFileError(f"{source} is not TOML in UTF-8: look at {place}.", remedy=REMEDY) from None
    _check_keys(values, tuple(TOP_KEYS), source)
    feed = _mapping(values, "feed", source)
    _check_keys(feed, _FEED_KEYS, f"{source}, [feed]")
    manifest = manifest_of(feed, source=f"{source}, [feed]")
    declared = _mapping(values, "sources", source)
    if not declared:
        raise FeedFileError(f"{source} declares no source.", remedy=REMEDY)
    sources = tuple(_source(name, one, manifest, source) for name, one in declared.items())
    found = Sources(manifest, sources, _winners(_mapping(values, "winners", source), source))
    _check_winners(found, source)
    return found


def _source(name: str, values: Any, manifest: Manifest, file: str) -> Source:
    where = f"{file}, [sources.{name}]"
    _check_mapping(values, where)
    if name in RESERVED:
        raise FeedFileError(f"{where}: the name is taken.", remedy="Give the source another name.")
    kind = cast("Kind", _one_of(values, "kind", tuple(KIND_KEYS), where))
    _check_keys(values, (*SOURCE_KEYS, *KIND_KEYS[kind]), where)
    refuse_clear_secrets(values, where)
    options = {key: values[key] for key in KIND_KEYS[kind] if key in values}
    _check_options(options, where)
    schedule = _text(values, "schedule", where, "daily")
    check_schedule(schedule, where)
    tables = _mapping(values, "tables", where)
    if not tables:
        raise FeedFileError(f"{where}: it delivers no table.", remedy=f"Add [sources.{name}.tables.customers].")
    return Source(
        name=name,
        kind=kind,
        location=_text(values, "location", where),
        tables=tuple(
            _table(f"{file}, [sources.{name}.tables", key, one, kind, manifest) for key, one in tables.items()
        ),
        options=options,
        schedule=schedule,
    )


def _table(prefix: str, name: str, values: Any, kind: Kind, manifest: Manifest) -> SourceTable:
    where = f"{prefix}.{name}]"
    if name not in TABLE_BY_NAME:
        remedy = f"The tables are {', '.join(TABLE_BY_NAME)}."
        raise FeedFileError(f"{where}: the feed contract has no table {name!r}.", remedy=remedy)
    _check_mapping(values, where)
    _check_keys(values, (*TABLE_KEYS, *KIND_TABLE_KEYS[kind]), where)
    columns = _columns(name, values, manifest, where)
    declared = (*TABLE_BY_NAME[name].column_names, *(column.name for column in manifest.extras(name)))
    cursor, lag = _optional_text(values, "cursor", where), _optional_text(values, "lag", where) or ""
    parse_lag(lag, where)
    if lag and cursor is None:
        raise FeedFileError(f"{where}: lag without a cursor.", remedy="Say which column grows with every change.")
    _refuse_personal_cursor(cursor, name, columns, manifest, where)
    return SourceTable(
        name=name,
        origin=_text(values, "origin", where),
        columns=columns,
        cursor=cursor,
        lag=lag,
        deleted_column=_optional_text(values, "deleted_column", where),
        deleted_values=_texts(values, "deleted_values", where, ("true", "1", "D")),
        deletes_absent=_boolean(values, "deletes_absent", where),
        ignored=_texts(values, "ignored", where, ()),
        on_new_column=cast(
            'Literal["stop", "ignore"]', _one_of(values, "on_new_column", ("stop", "ignore"), where, default="stop")
        ),
        same_names=tuple(
            column for column in declared if column not in columns and column not in set(columns.values())
        ),
        options={key: values[key] for key in KIND_TABLE_KEYS[kind] if key in values},
    )


def _columns(table: str, values: Mapping[str, Any], manifest: Manifest, where: str) -> dict[str, str]:
    columns = _mapping(values, "columns", where)
    declared = (*TABLE_BY_NAME[table].column_names, *(column.name for column in manifest.extras(table)))
    for column, origin in columns.items():
        if column not in declared:
            raise FeedFileError(
                f"{where}: columns maps {column!r}, and {table} has no such column.",
                remedy="The contract's column stands on the left, the source's on the right; see docs/feed.md.",
            )
        if not isinstance(origin, str) or not origin.strip():
            raise FeedFileError(f"{where}: columns.{column} is {origin!r}, not the name of a column.", remedy=REMEDY)
    return dict(columns)


def _refuse_personal_cursor(
    cursor: str | None, table: str, columns: Mapping[str, str], manifest: Manifest, where: str
) -> None:
    """Cursors pass the privacy boundary as they are: as versions of rows in `raw`, and as watermarks in `ops`."""
    for column in (*TABLE_BY_NAME[table].columns, *manifest.extras(table)):
        # A column that is called like one of a person holds the same, also where another one is mapped.
        is_cursor = cursor is not None and cursor in (column.name, columns.get(column.name))
        if is_cursor and column.privacy is not Privacy.KEEP:
            raise FeedFileError(
                f"{where}: cursor {cursor} is {table}.{column.name} ({column.privacy}), which must not pass the "
                "privacy boundary, and a cursor does.",
                remedy="Choose a cursor that says nothing of a person, such as the time of the last change, or none.",
            )


def _winners(values: Mapping[str, Any], file: str) -> dict[str, tuple[str, ...]]:
    return {key: _texts(values, key, f"{file}, [winners]", ()) for key in values}


def _check_winners(sources: Sources, file: str) -> None:
    for key, names in sources.winners.items():
        table, dot, column = key.partition(".")
        where = f"{file}, [winners], {key!r}"
        if table not in TABLE_BY_NAME:
            raise FeedFileError(f"{where}: the feed contract has no table {table!r}.", remedy=REMEDY)
        declared = {*TABLE_BY_NAME[table].column_names, *(extra.name for extra in sources.manifest.extras(table))}
        if dot and column not in declared:
            raise FeedFileError(f"{where}: {table} has no column {column!r}.", remedy=REMEDY)
        delivering = [source.name for source, _ in sources.delivering(table)]
        for name in names:
            if name not in delivering:
                remedy = f"{table} comes from {', '.join(delivering) or 'no source'}."
                raise FeedFileError(f"{where}: {name!r} delivers no {table}.", remedy=remedy)
        if len(set(names)) != len(names):
            raise FeedFileError(f"{where}: a source stands twice.", remedy="Name each once, the first winner first.")


def _check_options(options: Mapping[str, Any], where: str) -> None:
    for key in ("chunk_rows", "max_attempts", "max_requests_per_second", "timeout_seconds"):
        value = options.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise FeedFileError(f"{where}: {key} is {value!r}.", remedy="Say a number greater than 0.")
    for key in ("options", "auth", "paginator", "headers"):
        _check_mapping(options.get(key, {}), f"{where}, {key}")


def _check_keys(values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in known:
            raise FeedFileError(f"{where}: unknown key {key!r}.", remedy=f"Known are {', '.join(known)}. {REMEDY}")


def _check_mapping(values: Any, where: str) -> None:
    if not isinstance(values, dict):
        raise FeedFileError(f"{where} is not a table of keys and values.", remedy=REMEDY)


def _mapping(values: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    found = values.get(key, {})
    _check_mapping(found, f"{where}: {key}")
    return dict(found)


def _one_of(
    values: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str, *, default: str | None = None
) -> str:
    value = values.get(key, default)
    if value not in choices:
        found = repr(value) if key in values else "missing"
        raise FeedFileError(f"{where}: {key} is {found}.", remedy=f"Say one of {', '.join(choices)}.")
    return str(value)


def _text(values: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = values.get(key, default)
    if not isinstance(value, str) or not value.strip():
        found = "not a text" if key in values else "missing"
        raise FeedFileError(f"{where}: {key} is {found}.", remedy=REMEDY)
    return value


def _optional_text(values: Mapping[str, Any], key: str, where: str) -> str | None:
    return _text(values, key, where) if key in values else None


def _texts(values: Mapping[str, Any], key: str, where: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = values.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise FeedFileError(f"{where}: {key} is not a list of texts.", remedy=REMEDY)
    return tuple(value)


def _boolean(values: Mapping[str, Any], key: str, where: str) -> bool:
    value = values.get(key, False)
    if not isinstance(value, bool):
        raise FeedFileError(f"{where}: {key} is {value!r}.", remedy="Say true or false.")
    return value
