"""Writing feeds: tables that grow batch by batch, as CSV or Parquet, and `feed.toml` beside them."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias, get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

from recsys.feed.adapted import AdaptedFeed
from recsys.feed.manifest import FILE_NAME, Manifest

FeedFormat: TypeAlias = Literal["csv", "parquet"]


class FeedWriter:
    """Files `<folder>/<name>.<format>`, one per table; a name may hold a sub-folder. Use it in a `with`."""

    def __init__(self, folder: Path, file_format: FeedFormat = "csv") -> None:
        self.folder = folder
        self.file_format = file_format
        self.rows: dict[str, int] = {}
        self._writers: dict[str, csv.CSVWriter | pq.ParquetWriter] = {}

    def __enter__(self) -> FeedWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()

    def write(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table. The first call decides its columns."""
        rows = _flat(rows) if self.file_format == "csv" else rows
        if name not in self._writers:
            self._writers[name] = self._open(name, rows.schema)
        self._writers[name].write_table(rows)
        self.rows[name] = self.rows.get(name, 0) + rows.num_rows

    def _open(self, name: str, schema: pa.Schema) -> csv.CSVWriter | pq.ParquetWriter:
        path = self.folder / f"{name}.{self.file_format}"
        path.parent.mkdir(parents=True, exist_ok=True)
        for other in get_args(FeedFormat):
            # A table that stood here in another format would be a second source of the same rows.
            path.with_suffix(f".{other}").unlink(missing_ok=True)
        if self.file_format == "parquet":
            return pq.ParquetWriter(path, schema)
        return csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="needed"))


def _flat(rows: pa.Table) -> pa.Table:
    """Lists as texts with `|` between: CSV has no lists."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_list(field.type):
            rows = rows.set_column(place, field.name, pc.binary_join(rows[field.name], "|"))
    return rows


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """`feed.toml` from a manifest."""
    (folder / FILE_NAME).write_text(manifest_text(manifest), encoding="utf-8")


def manifest_text(manifest: Manifest) -> str:
    """A manifest as the text of a `feed.toml`."""
    entries = {
        "name": manifest.name,
        "currency": manifest.currency,
        "as_of": manifest.as_of.isoformat() if manifest.as_of else None,
        "mode": manifest.mode,
        "history": manifest.history,
        "legal_basis": manifest.legal_basis,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in entries.items() if value is not None]
    for table, columns in manifest.extra_columns.items():
        for column in columns:
            lines += ["", f"[columns.{table}.{column.name}]", f"type = {_toml(column.kind.value)}"]
            lines += [f"class = {_toml(column.privacy.value)}", f"purpose = {_toml(column.purpose.value)}"]
            lines += [f"description = {_toml(column.description)}"]
            lines += [f"label = {_toml(column.label)}"] if column.label else []
            limits = (("minimum", column.minimum), ("maximum", column.maximum))
            lines += [f"{name} = {limit}" for name, limit in limits if limit is not None]
    return "\n".join(lines) + "\n"


def write_feed(feed: AdaptedFeed, folder: Path, file_format: FeedFormat = "csv") -> dict[str, int]:
    """A whole feed that is in memory; rows by table."""
    with FeedWriter(folder, file_format) as writer:
        for name, rows in feed.tables.items():
            writer.write(name, rows)
    write_manifest(folder, feed.manifest)
    return writer.rows


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string.
    return json.dumps(text, ensure_ascii=False)
