"""`sources.toml`: the systems that a bank's data comes from, and how their columns become the feed contract's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from recsys.feed.manifest import Manifest

FILE_NAME = "sources.toml"
Kind: TypeAlias = Literal["files", "sql", "rest"]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """What one source delivers of one table of the contract.

    `origin` is the table, the pattern of file names or the path there. `columns` maps columns of the contract to those
    of the source. `cursor` is the source's column that grows with every change: rows are asked for from the last value
    seen less `lag`, and of two rows with one key the one with the larger cursor is newer. Without one, everything is
    read every time (of `files`: every file that is new or changed), and files are ordered by their names.
    `deleted_column` with `deleted_values` marks rows that were deleted; `deletes_absent` says that a row which is not
    delivered any more was deleted. `ignored` are columns of the source that nobody wants; of any other that is not
    mapped `on_new_column` decides.
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
