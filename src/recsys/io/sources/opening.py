"""One table of one source, whatever the kind of the source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from recsys.feed.sources import Source, SourceTable
from recsys.feed.sources_keys import Kind
from recsys.io.silence import stay_silent
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.files import open_files
from recsys.io.sources.rest import open_rest
from recsys.io.sources.sql import open_sql

_Opener: TypeAlias = Callable[[Source, SourceTable, Since, Credentials], Delivery]
_OPENERS: Mapping[Kind, _Opener] = {"files": open_files, "sql": open_sql, "rest": open_rest}


def open_delivery(source: Source, table: SourceTable, since: Since, credentials: Credentials) -> Delivery:
    """What `source` has of `table` since the last load.

    Raises:
        SourceError: the source cannot be reached, or does not let us in.
        ContractError: its table or columns are not those that `sources.toml` describes.
        SettingsError: a credential is not set.
    """
    stay_silent()
    return _OPENERS[source.kind](source, table, since, credentials)
