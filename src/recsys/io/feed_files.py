"""The files of a feed, in a folder or behind any fsspec URL, found by the names of the contract's tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, TypeAlias, cast

from recsys.errors import ContractError, FeedFileError
from recsys.feed.columns import Table
from recsys.feed.contract import TABLE_BY_NAME, TABLES
from recsys.feed.manifest import FILE_NAME, Manifest, parse_manifest
from recsys.io.feed_csv import CsvRows
from recsys.io.feed_jsonl import JsonLinesRows
from recsys.io.feed_parquet import ParquetRows

FORMATS = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz")
HASH_BYTES = 1 << 20
FeedRows: TypeAlias = CsvRows | JsonLinesRows | ParquetRows


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One table of a feed and the file that holds it. `name` is what people see, `path` what the file system wants."""

    table: Table
    name: str
    path: str

    @property
    def format(self) -> str:
        """One of `FORMATS`."""
        return self.name.removeprefix(self.table.name)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed whose tables were found; nothing of them has been read yet."""

    location: str
    filesystem: Any
    manifest: Manifest
    manifest_content: bytes
    files: tuple[FeedFile, ...]

    @contextmanager
    def rows(self, file: FeedFile) -> Iterator[FeedRows]:
        """The rows of `file`, whose column names keep the contract.

        Raises:
            FeedFileError: the file cannot be read.
            ContractError: a required column is missing, or one is undeclared.
        """
        with _open(self.filesystem, file.path, file.name) as stream:
            rows = self._reader(file, stream)
            _check_names(rows.names, file, self.manifest)
            yield rows

    def _reader(self, file: FeedFile, stream: BinaryIO) -> FeedRows:
        if file.format == ".parquet":
            return ParquetRows(stream, file.name)
        if file.format.startswith(".csv"):
            return CsvRows(stream, file.name)
        extras = (column.name for column in self.manifest.extras(file.table.name))
        return JsonLinesRows(stream, file.name, [*file.table.column_names, *extras])

    def fingerprint(self) -> str:
        """SHA-256 over the names and the contents of all files, as 64 hex digits: equal feeds, equal fingerprints."""
        digest = hashlib.sha256()
        digest.update(hashlib.sha256(self.manifest_content).digest())
        for file in self.files:
            with _open(self.filesystem, file.path, file.name, compression=None) as stream:
                content = hashlib.sha256()
                while data := stream.read(HASH_BYTES):
                    content.update(data)
            digest.update(f"{file.name}\0{content.hexdigest()}\n".encode())
        return digest.hexdigest()


def open_feed(location: str) -> Feed:
    """The feed in the folder or behind the fsspec URL `location`.

    Raises:
        FeedFileError: there is no such folder, or feed.toml cannot be read.
        ContractError: a required table is missing, a table stands in two files, or a data file is nobody's table.
    """
    import fsspec

    try:
        filesystem, root = fsspec.core.url_to_fs(location)
        entries = {PurePosixPath(entry["name"]).name: entry for entry in filesystem.ls(root, detail=True)}
    except (OSError, ValueError, ImportError) as error:
        raise FeedFileError(
            f"The feed {location} cannot be listed: {type(error).__name__}.",
            remedy="Say a folder, or a URL of a kind that fsspec knows and whose driver is installed.",
        ) from error
    files = [name for name, entry in entries.items() if entry["type"] == "file" and not name.startswith(".")]
    _check_folders([name for name, entry in entries.items() if entry["type"] == "directory"], location)
    manifest = _read_whole(filesystem, entries[FILE_NAME]["name"]) if FILE_NAME in files else b""
    found = tuple(FeedFile(table, name, entries[name]["name"]) for table, name in _tables_of(files, location))
    return Feed(location, filesystem, parse_manifest(manifest), manifest, found)


def _tables_of(names: list[str], location: str) -> list[tuple[Table, str]]:
    by_table: dict[str, list[str]] = {}
    for name in sorted(names):
        stem, dot, ending = name.partition(".")
        if stem in TABLE_BY_NAME and dot + ending in FORMATS:
            by_table.setdefault(stem, []).append(name)
        else:
            _check_ignored(name, location)
    for table, files in by_table.items():
        if len(files) > 1:
            raise ContractError(
                f"{location}: {' and '.join(files)}, rule duplicate_table: {table} stands in more than one file.",
                remedy="Leave one of them.",
            )
    _check_required(by_table, location)
    return [(table, by_table[table.name][0]) for table in TABLES if table.name in by_table]


def _check_ignored(name: str, location: str) -> None:
    """Raise `ContractError` for a file that looks like data: none is left out without a word."""
    stem, _, ending = name.casefold().partition(".")
    if stem in TABLE_BY_NAME:
        raise ContractError(
            f"{location}: {name}, rule unknown_format: it is named after the table {stem} but is no file of a feed.",
            remedy=f"Name it {stem} and one of {', '.join(FORMATS)}, in small letters, or take it out of the folder.",
        )
    if any(f".{ending}".endswith(known) for known in FORMATS):
        raise ContractError(
            f"{location}: {name}, rule undeclared_table: the feed contract has no table {name.partition('.')[0]}.",
            remedy=f"The tables are {', '.join(TABLE_BY_NAME)}; take other files out of the folder.",
        )


def _check_required(by_table: dict[str, list[str]], location: str) -> None:
    for table in TABLES:
        if table.required and table.name not in by_table:
            raise ContractError(
                f"{location}: {table.name}.csv, rule missing_table: the feed has no file for the required table "
                f"{table.name}.",
                remedy=f"Add {table.name} as {', '.join(FORMATS)}.",
            )


def _check_folders(names: list[str], location: str) -> None:
    for name in names:
        if PurePosixPath(name).name.split(".")[0] in TABLE_BY_NAME:
            raise ContractError(
                f"{location}: {name}/, rule duplicate_table: a table is one file, and this is a folder.",
                remedy="Write the table as one file.",
            )


def _check_names(names: list[str], file: FeedFile, manifest: Manifest) -> None:
    extras = manifest.extras(file.table.name)
    declared = {column.name: column for column in (*file.table.columns, *extras)}
    if not any(name in declared for name in names):
        # Nothing is quoted: this may be a row of a file without column names.
        raise ContractError(
            f"{file.name}, line 1, rule missing_column: none of the names is a column of {file.table.name}.",
            remedy=_separator_remedy(names) or "The first line must hold the names of the columns (docs/feed.md).",
        )
    for name in names:
        if name not in declared:
            raise ContractError(
                f"{file.name}, line 1, column {name}, rule undeclared_column: the feed contract has no such column.",
                remedy="Leave it out, or declare it under [columns] in feed.toml with type, class and purpose.",
            )
    for column in declared.values():
        if column.required and column.name not in names:
            raise ContractError(
                f"{file.name}, line 1, column {column.name}, rule missing_column: the table needs this column.",
                remedy="Add it; docs/feed.md says what it holds.",
            )


def _separator_remedy(names: list[str]) -> str:
    if len(names) == 1 and any(separator in names[0] for separator in ";\t|"):
        return "Separate the values with commas."
    return ""


def _read_whole(filesystem: Any, path: str) -> bytes:
    with _open(filesystem, path, FILE_NAME) as stream:
        return stream.read()


@contextmanager
def _open(filesystem: Any, path: str, name: str, compression: str | None = "infer") -> Iterator[BinaryIO]:
    try:
        stream = filesystem.open(path, "rb", compression=compression)
    except OSError as error:
        raise FeedFileError(f"{name} cannot be opened: {type(error).__name__}.", remedy="Check its rights.") from error
    with stream:
        yield cast("BinaryIO", stream)
