"""One table of one source, whatever the kind of the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from recsys.cleaning.rows import RawBatch
from recsys.errors import SourceError
from recsys.feed.sources import Source, SourceTable
from recsys.feed.sources_keys import Kind
from recsys.io.silence import stay_silent
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.files import list_files, open_files, read_file
from recsys.io.sources.mapping import ColumnMapping
from recsys.io.sources.rest import open_rest, read_path
from recsys.io.sources.sql import open_sql, read_table

_Opener: TypeAlias = Callable[[Source, SourceTable, Since, Credentials], Delivery]
_OPENERS: Mapping[Kind, _Opener] = {"files": open_files, "sql": open_sql, "rest": open_rest}


def open_delivery(source: Source, table: SourceTable, since: Since, credentials: Credentials) -> Delivery:
    """What `source` has of `table` since the last load.

    Raises:
        SourceError: the source cannot be reached, or does not let us in.
        ContractError: its table or columns are not those that `sources.toml` describes.
        SettingsError: a credential is not set.
    """
    prepare()
    return _OPENERS[source.kind](source, table, since, credentials)


def sample(source: Source, table: SourceTable, credentials: Credentials, n_rows: int) -> Iterator[RawBatch]:
    """About `n_rows` rows of `table`: the newest of a database and of the last file, the first of an API.

    Raises what `open_delivery` raises.
    """
    prepare()
    if source.kind == "sql":
        yield from read_table(source, table, Since(), credentials, limit=n_rows)
    elif source.kind == "rest":
        yield from read_path(source, table, Since(), credentials, limit=n_rows)
    else:
        yield from _of_last_file(source, table, credentials, n_rows)


def prepare() -> None:
    """Import dlt, which takes seconds, with its telemetry off."""
    stay_silent()
    import dlt.sources.filesystem
    import dlt.sources.rest_api
    import dlt.sources.sql_database  # noqa: F401


def _of_last_file(source: Source, table: SourceTable, credentials: Credentials, n_rows: int) -> Iterator[RawBatch]:
    found = list_files(source, table, credentials)
    mapping = ColumnMapping(source, table)
    if not found:
        raise SourceError(
            f"{mapping.name}: missing file: none matches {table.origin}.",
            remedy="Correct origin or location in sources.toml, or deliver the file.",
        )
    for batch in read_file(found[-1], mapping):
        yield batch
        n_rows -= len(batch.lines)
        if n_rows <= 0:
            return
