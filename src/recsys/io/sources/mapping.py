"""From the columns of a source to those of the contract, and what changed in them since the source was described."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.parsing import EXPECTED, parse
from recsys.cleaning.rows import Lines, Mask, RawBatch, Reject
from recsys.cleaning.versions import as_versions
from recsys.errors import ContractError
from recsys.feed.columns import Column
from recsys.feed.contract import TABLE_BY_NAME
from recsys.feed.sources import Source, SourceTable


class ColumnMapping:
    """How one source's table becomes a table of the contract."""

    def __init__(self, source: Source, table: SourceTable) -> None:
        self.source = source
        self.table = table
        self.name = f"{source.name}.{table.name}"
        self._contract = {column.name: column for column in TABLE_BY_NAME[table.name].columns}

    @property
    def known(self) -> tuple[str, ...]:
        """All columns of the source that are read where it has them."""
        extra = (self.table.cursor, self.table.deleted_column)
        names = (*self.table.columns.values(), *self.table.same_names, *(name for name in extra if name))
        return tuple(dict.fromkeys(names))

    @property
    def n_columns(self) -> int:
        """Columns that the table may have in the contract and in what the bank declares."""
        return len(self.table.columns) + len(self.table.same_names)

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns that the source must have: those that are mapped by name, and those that identify a row."""
        extra = (self.table.cursor, self.table.deleted_column)
        keys = (name for name in TABLE_BY_NAME[self.table.name].key if self._contract[name].required)
        named = (*self.table.columns.values(), *(key for key in keys if key not in self.table.columns))
        return tuple(dict.fromkeys((*named, *(name for name in extra if name))))

    def is_skipped(self, name: str) -> bool:
        """Whether the source's column `name` is left aside.

        Raises:
            ContractError: it is new, and new columns stop the load.
        """
        if name in self.known:
            return False
        if name in self.table.ignored or self.table.on_new_column == "ignore":
            return True
        raise ContractError(
            f"{self.name}: new column {name}: it is neither mapped nor ignored.",
            remedy=f"Map it under columns, or add it to ignored, in [sources.{self.source.name}.tables."
            f"{self.table.name}] of sources.toml.",
        )

    def check(self, names: Iterable[str]) -> list[str]:
        """The columns to read of those that the source has.

        Raises:
            ContractError: one is missing, or new and not declared.
        """
        present = list(names)
        self.check_present(present)
        return [name for name in present if not self.is_skipped(name)]

    def check_present(self, names: Iterable[str]) -> None:
        """Raise `ContractError` where a column is not among `names`, those of the source."""
        present = set(names)
        for name in self.needed:
            if name not in present:
                raise ContractError(
                    f"{self.name}: missing column {name}: {self.table.origin} has it no more, or has it under another "
                    "name.",
                    remedy=f"Correct columns in [sources.{self.source.name}.tables.{self.table.name}] of sources.toml.",
                )

    def check_types(self, types: Mapping[str, pa.DataType]) -> None:
        """Raise `ContractError` where a column of the source has a type that can never become the contract's."""
        for name, origin in self._pairs(types):
            column = self._contract.get(name)
            if column is not None:
                self._check_type(column, origin, types[origin])

    def batch(
        self,
        lines: Lines,
        columns: Mapping[str, pa.Array],
        rejects: tuple[Reject, ...],
        file: str,
        default_version: str = "",
    ) -> RawBatch:
        """The rows under the names of the contract."""
        versions = self._versions(columns, len(lines), default_version)
        named = {name: columns[origin] for name, origin in self._pairs(columns)}
        return RawBatch(
            lines,
            named,
            tuple(self._renamed(reject, file, default_version) for reject in rejects),
            source=self.source.name,
            file=file,
            versions=versions,
            is_deleted=self._is_deleted(columns, len(lines)),
        )

    def _pairs(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Columns of the contract with those of the source, where the source has them."""
        present = set(names)
        pairs = (*self.table.columns.items(), *((name, name) for name in self.table.same_names))
        return [(name, origin) for name, origin in pairs if origin in present]

    def _check_type(self, column: Column, origin: str, kind: pa.DataType) -> None:
        try:
            parse(column.kind, pa.nulls(0, kind))
        except TypeError:
            raise ContractError(
                f"{self.name}: changed type of {origin}: expected {EXPECTED[column.kind]}, found {kind}.",
                remedy=f"Cast it at the source, or map another column to {column.name} in sources.toml.",
            ) from None

    def _versions(self, columns: Mapping[str, pa.Array], n_rows: int, default: str) -> pa.Array:
        if self.table.cursor is None:
            return pa.repeat(pa.scalar(default), n_rows)
        return as_versions(columns[self.table.cursor])

    def _is_deleted(self, columns: Mapping[str, pa.Array], n_rows: int) -> Mask | None:
        if self.table.deleted_column is None:
            return None
        flags = columns[self.table.deleted_column]
        texts = flags if pa.types.is_string(flags.type) else flags.cast(pa.string())
        marked = pc.is_in(texts, value_set=pa.array(self.table.deleted_values, pa.string()))
        return np.asarray(marked.to_numpy(zero_copy_only=False), dtype=bool)

    def _renamed(self, reject: Reject, file: str, default_version: str) -> Reject:
        contract_name = {origin: name for name, origin in self._pairs(reject.row)}
        row = {contract_name.get(name, name): value for name, value in reject.row.items()}
        column = None if reject.column is None else contract_name.get(reject.column, reject.column)
        version = default_version
        if self.table.cursor is not None:
            cursor = reject.row.get(self.table.cursor)
            version = as_versions(pa.array([cursor if isinstance(cursor, str) else None], pa.string()))[0].as_py()
        return Reject(
            reject.line, column, reject.rule, reject.reason, row, source=self.source.name, file=file, version=version
        )
