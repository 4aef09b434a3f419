"""The keys of `sources.toml` and what each says: the parser refuses others, and docs/sources.md lists these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["files", "sql", "rest"]

TOP_KEYS: Mapping[str, str] = {
    "feed": "What holds for the whole feed: name, currency, as_of, history, legal_basis, columns, as in feed.toml.",
    "winners": "Which source wins, by table or by `table.column`: a list of sources, the first with a value wins.",
    "sources": "One table for each source, named after it.",
}
SOURCE_KEYS: Mapping[str, str] = {
    "kind": "files, sql or rest.",
    "location": "A folder or fsspec URL, a SQLAlchemy URL, the base URL of an API; or the credential that holds it.",
    "schedule": "hourly, daily, weekly or five fields of cron, in UTC; by default daily.",
    "tables": "One table for each table of the feed contract that it delivers.",
}
KIND_KEYS: Mapping[Kind, Mapping[str, str]] = {
    "files": {"options": "What the driver of the file system takes, such as key and secret of an object store."},
    "sql": {"chunk_rows": "Rows that are fetched at a time; by default 50,000."},
    "rest": {
        "auth": "type bearer (token), api_key (name, api_key, location) or http_basic (username, password).",
        "paginator": "How pages follow each other, as dlt has it: type json_link, header_link, cursor, offset, ...",
        "headers": "Headers of every request.",
        "max_requests_per_second": "No more requests than this are sent; by default as fast as it answers.",
        "max_attempts": "How often a request is sent that is answered by 429 or 5xx, or not at all; by default 5.",
        "timeout_seconds": "How long an answer may take; by default 60.",
    },
}
TABLE_KEYS: Mapping[str, str] = {
    "origin": "The table (schema.table), the pattern of file names, or the path after the base URL.",
    "columns": "Column of the contract = column of the source, where the names differ.",
    "cursor": "The source's column that grows with every change; without one everything is read every time.",
    "lag": "How far before the last cursor to read again, so that late rows are found: 2 days, 3 hours, or a number.",
    "deleted_column": "The source's column that marks a row as deleted.",
    "deleted_values": "Its values that mean deleted; by default true, 1 and D.",
    "deletes_absent": "true: what a complete delivery does not hold any more was deleted at the source.",
    "ignored": "Columns of the source that nobody wants.",
    "on_new_column": "stop (by default) or ignore, for a column that is neither mapped nor ignored.",
}
KIND_TABLE_KEYS: Mapping[Kind, Mapping[str, str]] = {
    "files": {},
    "sql": {},
    "rest": {
        "selector": "JSONPath of the list of rows in an answer; by default the answer is the list.",
        "cursor_param": "The query parameter that asks for changes since a cursor.",
        "params": "Other query parameters.",
    },
}
