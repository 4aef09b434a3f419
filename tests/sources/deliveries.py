"""Asking sources for what they have, as a run does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.sources.world import World

from recsys.cleaning.rows import Reject
from recsys.feed.sources import Source, Sources, SourceTable, parse_sources
from recsys.io.sources.credentials import from_environment
from recsys.io.sources.delivery import Since
from recsys.io.sources.opening import open_delivery


@dataclass
class Delivered:
    """Rows by their place in the contract, with what the delivery says when it is at its end."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    watermark: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    is_complete: bool = False

    @property
    def since(self) -> Since:
        """What the next delivery starts from."""
        return Since(self.watermark, self.files)

    def values(self, name: str) -> list[Any]:
        """One column."""
        return [row[name] for row in self.rows]


def sources_of(bank: World, changed: tuple[str, str] = ("", "")) -> Sources:
    """The description of the bank's systems, with one text in it changed."""
    text = bank.sources_toml
    assert changed[0] in text
    return parse_sources(text.replace(*changed).encode())


def find(sources: Sources, name: str) -> tuple[Source, SourceTable]:
    """`source.table`."""
    source_name, table_name = name.split(".")
    return next((s, t) for s, t in sources.delivering(table_name) if s.name == source_name)


def deliver(
    bank: World, name: str, since: Since | None = None, *, changed: tuple[str, str] = ("", ""), **environment: str
) -> Delivered:
    """All of `source.table` since a point in time."""
    source, table = find(sources_of(bank, changed), name)
    since = since or Since()
    credentials = from_environment({**bank.environment, **environment})
    delivery = open_delivery(source, table, since, credentials)
    found = Delivered()
    for batch in delivery.batches():
        assert batch.versions is not None
        for place in range(len(batch.lines)):
            row = {column: values[place].as_py() for column, values in batch.columns.items()}
            row["_version"] = batch.versions[place].as_py()
            row["_is_deleted"] = bool(batch.is_deleted[place]) if batch.is_deleted is not None else False
            row["_line"], row["_file"], row["_source"] = int(batch.lines[place]), batch.file, batch.source
            found.rows.append(row)
        found.rejects.extend(batch.rejects)
    found.watermark, found.fingerprint = delivery.watermark, delivery.fingerprint
    found.files, found.is_complete = {**since.files, **delivery.files}, delivery.is_complete
    return found
