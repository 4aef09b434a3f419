"""Files in a folder or an object store: dlt lists them, the feed's own readers read them, so every row has its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from recsys.cleaning.rows import RawBatch
from recsys.errors import ContractError, FeedFileError, SourceError
from recsys.feed.sources import Source, SourceTable
from recsys.io.feed_csv import CsvRows
from recsys.io.feed_jsonl import JsonLinesRows
from recsys.io.feed_parquet import ParquetRows
from recsys.io.sources.credentials import Credentials
from recsys.io.sources.delivering import StreamedDelivery
from recsys.io.sources.delivery import Delivery, Since
from recsys.io.sources.file_troubles import file_troubles
from recsys.io.sources.mapping import ColumnMapping

PACKINGS = ("", ".gz", ".zst")
ENDINGS = (*(f".csv{packing}" for packing in PACKINGS), *(f".jsonl{packing}" for packing in PACKINGS), ".parquet")
_Rows: TypeAlias = CsvRows | JsonLinesRows | ParquetRows
# What a store calls the hash of a file's content, where it has one.
_ETAGS = ("ETag", "etag", "md5Hash", "content_md5")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that a pattern has found: `path` is relative to the location, `etag` changes with the content."""

    path: str
    etag: str
    open: Callable[[], BinaryIO]


def open_files(source: Source, table: SourceTable, since: Since, credentials: Credentials) -> Delivery:
    """The new and the changed files of `table`, in the order of their paths.

    Raises:
        SourceError: the folder or store cannot be listed.
        ContractError: a file is of no known kind.
    """
    mapping = ColumnMapping(source, table)
    found = list_files(source, table, credentials)
    taken = [file for file in found if since.files.get(file.path) != file.etag]

    def read() -> Iterator[RawBatch]:
        for file in taken:
            yield from read_file(file, mapping)

    return StreamedDelivery(
        read,
        has_cursor=table.cursor is not None,
        # A pattern that finds nothing is a trouble of the source, not the end of all rows.
        is_complete=bool(found) and len(taken) == len(found),
        watermark=since.watermark,
        files={file.path: file.etag for file in taken},
    )


def list_files(source: Source, table: SourceTable, credentials: Credentials) -> list[SourceFile]:
    """The files that the pattern of `table` finds, sorted by path: days may be folders."""
    location = credentials.resolve(source.location)
    if "://" not in location:
        if not Path(location).is_dir():
            raise SourceError(f"{source.name}.{table.name}: there is no folder at its location.", remedy=_REMEDY)
        location = str(Path(location).resolve())
    options = credentials.resolve_all(source.options.get("options", {}))
    with file_troubles(source, table):
        files = _listed(location, options, table.origin)
    for file in files:
        if not file.path.endswith(ENDINGS):
            raise ContractError(
                f"{source.name}.{table.name}: {file.path} is of no kind that can be read.",
                remedy=f"Let the pattern {table.origin!r} find only {', '.join(ENDINGS)}.",
            )
    return sorted(files, key=lambda file: file.path)


def read_file(file: SourceFile, mapping: ColumnMapping) -> Iterator[RawBatch]:
    """The rows of one file, whose path is their version where there is no cursor."""
    try:
        stream = file.open()
    except Exception as error:
        # The drivers of object stores raise errors of their own kinds.
        message = f"{mapping.name}: {file.path} cannot be opened: {type(error).__name__}."
        raise FeedFileError(message, remedy="Check its rights.") from None
    with stream:
        rows = _reader(stream, file.path, mapping)
        if not isinstance(rows, JsonLinesRows):
            mapping.check(rows.names)
        n_rows = 0
        for raw in rows.batches():
            if isinstance(rows, ParquetRows):
                mapping.check_types({name: column.type for name, column in raw.columns.items()})
            n_rows += len(raw.lines)
            yield mapping.batch(raw.lines, raw.columns, raw.rejects, file.path, default_version=file.path)
        if isinstance(rows, JsonLinesRows) and n_rows:
            mapping.check_present(rows.seen)


_REMEDY = "Correct location in sources.toml, or mount the folder."


def _reader(stream: BinaryIO, path: str, mapping: ColumnMapping) -> _Rows:
    if path.endswith(".parquet"):
        return ParquetRows(stream, path)
    if ".csv" in path.rpartition("/")[2]:
        return CsvRows(stream, path)
    return JsonLinesRows(stream, path, list(mapping.known), is_skipped=mapping.is_skipped)


def _listed(location: str, options: dict[str, Any], pattern: str) -> list[SourceFile]:
    """The file system is made here: dlt's own resolving of credentials would look for files of its own."""
    import fsspec
    from dlt.sources.filesystem import filesystem

    driver = fsspec.core.url_to_fs(location, **options)[0]
    return [_found(item) for item in filesystem(location, credentials=driver, file_glob=pattern)]


def _found(item: Any) -> SourceFile:
    path = item.fsspec._strip_protocol(item["file_url"])
    info = item.fsspec.info(path)
    etag = next((str(info[name]).strip('"') for name in _ETAGS if info.get(name)), None)
    if etag is None:
        etag = f"{item['size_in_bytes']}-{item['modification_date'].isoformat()}"
    return SourceFile(item["relative_path"], etag, lambda: item.fsspec.open(path, "rb", compression="infer"))
