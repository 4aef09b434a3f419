"""A REST API: dlt pages through it, retries and authenticates; rows are what its JSON holds, as texts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from requests import Response
from requests.adapters import HTTPAdapter

from recsys.cleaning.rows import RawBatch, Reject
from recsys.cleaning.versions import number_of
from recsys.errors import ContractError
from recsys.feed.lags import parse_lag
from recsys.feed.sources import Source, SourceTable
from recsys.io.feed_jsonl import as_text
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.delivering import StreamedDelivery
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.mapping import ColumnMapping
from recsys.io.sources.troubles import rest_troubles

BATCH_ROWS = 10_000
_MAX_ATTEMPTS, _SAMPLE_ATTEMPTS, _TIMEOUT_SECONDS = 5, 2, 60.0
_BACKOFF_SECONDS, _MAX_DELAY_SECONDS = 0.5, 60.0


def open_rest(source: Source, table: SourceTable, since: Since, credentials: Credentials) -> Delivery:
    """The rows of `table` since the watermark less the lag, where the API can be asked for them, else all."""
    is_incremental = table.cursor is not None and "cursor_param" in table.options

    def read() -> Iterator[RawBatch]:
        yield from read_path(source, table, since, credentials)

    return StreamedDelivery(
        read,
        has_cursor=table.cursor is not None,
        is_complete=not is_incremental or since.watermark is None,
        watermark=since.watermark,
    )


def read_path(
    source: Source, table: SourceTable, since: Since, credentials: Credentials, limit: int | None = None
) -> Iterator[RawBatch]:
    """The rows as batches; `limit` takes the first ones only, and has less patience."""
    mapping = ColumnMapping(source, table)
    batch_rows = min(BATCH_ROWS, limit or BATCH_ROWS)
    reader = _Rows(mapping)
    with rest_troubles(mapping, _credential_name(source)):
        items = _items(source, table, since, credentials, max_attempts=_SAMPLE_ATTEMPTS if limit else None)
        for number, item in enumerate(items, 1):
            reader.add(number, item)
            if reader.n_held >= batch_rows:
                yield reader.batch()
                if limit and number >= limit:
                    return
        if reader.n_held:
            yield reader.batch()
        reader.check_present()


class _Rows:
    """Rows of JSON on their way into batches."""

    def __init__(self, mapping: ColumnMapping) -> None:
        self._mapping = mapping
        self._seen: set[str] = set()
        self._lines: list[int] = []
        self._rows: list[dict[str, str | None]] = []
        self._rejects: list[Reject] = []

    @property
    def n_held(self) -> int:
        return len(self._rows) + len(self._rejects)

    def add(self, number: int, item: Any) -> None:
        if not isinstance(item, dict):
            self._rejects.append(Reject(number, None, "json", "expected a JSON object", {"text": str(item)}))
            return
        self._seen.update(item)
        values = {name: value for name, value in item.items() if not self._mapping.is_skipped(name)}
        texts: dict[str, str | None] = {}
        for name, value in values.items():
            try:
                texts[name] = as_text(_written(value))
            except ValueError as error:
                self._rejects.append(Reject(number, name, "type", str(error), values))
                return
        self._lines.append(number)
        self._rows.append(texts)

    def batch(self) -> RawBatch:
        columns = {name: pa.array([row.get(name) for row in self._rows], pa.string()) for name in self._mapping.known}
        lines = np.array(self._lines, dtype=np.int64)
        made = self._mapping.batch(lines, columns, tuple(self._rejects), self._mapping.table.origin)
        self._lines, self._rows, self._rejects = [], [], []
        return made

    def check_present(self) -> None:
        """An API leaves out what a row lacks, so only a column that no row has is missing."""
        if self._seen:
            self._mapping.check_present(self._seen)


def _written(value: Any) -> Any:
    """A number as a text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _items(
    source: Source, table: SourceTable, since: Since, credentials: Credentials, max_attempts: int | None
) -> Iterator[Any]:
    from dlt.sources.rest_api import rest_api_resources

    options, params = source.options, dict(table.options.get("params", {}))
    if since.watermark and "cursor_param" in table.options:
        params[table.options["cursor_param"]] = _start(since.watermark, table.lag)
    selector = table.options.get("selector")
    client: dict[str, Any] = {
        "base_url": credentials.resolve(source.location),
        "session": _session(options, max_attempts),
        "headers": credentials.resolve_all(options.get("headers", {})),
        "paginator": dict(options["paginator"]) if "paginator" in options else "single_page",
    }
    if "auth" in options:
        client["auth"] = credentials.resolve_all(options["auth"])
    endpoint: dict[str, Any] = {
        "path": table.origin,
        "params": params,
        "data_selector": selector or "$",
        "response_actions": [_rows_expected(source, table, selector)],
    }
    config: Any = {"client": client, "resources": [{"name": table.name, "endpoint": endpoint}]}
    yield from rest_api_resources(config)[0]


def _rows_expected(source: Source, table: SourceTable, selector: str | None) -> Any:
    """An answer that lacks the list is for dlt an empty page; nothing must vanish so."""

    def check(response: Any, *_: Any, **__: Any) -> Any:
        from dlt.common import jsonpath

        response.raise_for_status()
        if not any(isinstance(found, list) for found in jsonpath.find_values(selector or "$", response.json())):
            raise ContractError(
                f"{source.name}.{table.name}: the answer has no list of rows at {selector or 'its top'}.",
                remedy=f"Correct selector in [sources.{source.name}.tables.{table.name}] of sources.toml.",
            )
        return response

    return check


def _session(options: Mapping[str, Any], max_attempts: int | None) -> Any:
    from dlt.sources.helpers.requests import Client

    client = Client(
        request_timeout=float(options.get("timeout_seconds", _TIMEOUT_SECONDS)),
        raise_for_status=False,
        request_max_attempts=max_attempts or int(options.get("max_attempts", _MAX_ATTEMPTS)),
        request_backoff_factor=_BACKOFF_SECONDS,
        request_max_retry_delay=_MAX_DELAY_SECONDS,
    )
    session = client.session
    if "max_requests_per_second" in options:
        paced = PacedAdapter(float(options["max_requests_per_second"]))
        for scheme in ("http://", "https://"):
            session.mount(scheme, paced)
    return session


class PacedAdapter(HTTPAdapter):
    """Sends no more requests than so many per second, repeated ones included."""

    def __init__(self, per_second: float) -> None:
        super().__init__()
        self._seconds = 1 / per_second
        self._next = 0.0

    def send(self, *arguments: Any, **named: Any) -> Response:
        """Wait for its turn, then send."""
        now = time.monotonic()
        begin = max(now, self._next)
        self._next = begin + self._seconds
        time.sleep(begin - now)
        return super().send(*arguments, **named)


def _credential_name(source: Source) -> str:
    """The name of the credential that `auth` or the headers use: what to correct when it is refused."""
    values = [*source.options.get("auth", {}).values(), *source.options.get("headers", {}).values()]
    return next((value for value in values if isinstance(value, str) and ":" in value), "")


def _start(watermark: str, lag: str) -> str:
    """The watermark less the lag, as text: a time, a date or a number."""
    span = parse_lag(lag)
    number = number_of(watermark)
    if number is not None:
        return f"{(number - (span if isinstance(span, int) else 0)).normalize():f}"
    if isinstance(span, timedelta):
        at = datetime.fromisoformat(watermark) - span
        return at.date().isoformat() if len(watermark) == len("2026-01-31") else at.isoformat().replace("+00:00", "Z")
    return watermark
