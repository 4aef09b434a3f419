"""`feed.toml`: what a bank says about its feed, beyond the tables themselves."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, TypeVar, cast

from recsys.errors import FeedFileError
from recsys.feed.columns import Column, Kind, Privacy, Purpose, standard_of
from recsys.feed.contract import TABLE_BY_NAME

FILE_NAME = "feed.toml"
_REMEDY = "docs/feed.md shows a whole feed.toml."
_KEYS = ("name", "currency", "as_of", "mode", "history", "legal_basis", "columns")
_COLUMN_KEYS = (
    "type", "class", "purpose", "description", "label", "required", "minimum", "maximum", "choices", "max_length",
)  # fmt: skip
# Nobody but the contract knows what the coarser value of a column would be, so `generalise` is not for extra columns.
EXTRA_CLASSES = (Privacy.KEEP, Privacy.PSEUDONYMISE, Privacy.REDACT, Privacy.ENCRYPT, Privacy.DROP)
_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What holds for the whole feed. `as_of` None: the last date in the feed."""

    name: str = "bank"
    currency: str = "EUR"
    as_of: date | None = None
    mode: Literal["full", "delta"] = "full"
    history: Literal["events", "snapshot"] = "events"
    legal_basis: str = "consent"
    extra_columns: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)

    def extras(self, table_name: str) -> tuple[Column, ...]:
        """The columns that the bank declares for a table beyond the contract."""
        return self.extra_columns.get(table_name, ())


def parse_manifest(content: bytes, *, source: str = FILE_NAME) -> Manifest:
    """The manifest in `content`, the bytes of a `feed.toml`; every key is optional.

    Raises:
        FeedFileError: it is not TOML, or a key or value is not one that the contract knows.
    """
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FeedFileError(f"{source} is not TOML in UTF-8: {error}.", remedy=_REMEDY) from error
    return manifest_of(values, source=source)


def manifest_of(values: Mapping[str, Any], *, source: str) -> Manifest:
    """The manifest in `values`, which somebody has read from TOML; `source` is what people call the file.

    Raises:
        FeedFileError: a key or value is not one that the contract knows.
    """
    _check_keys(values, _KEYS, source)
    return Manifest(
        name=_text(values, "name", "bank", source),
        currency=_currency(values, source),
        as_of=_as_of(values, source),
        mode=cast('Literal["full", "delta"]', _one_of(values, "mode", ("full", "delta"), source)),
        history=cast('Literal["events", "snapshot"]', _one_of(values, "history", ("events", "snapshot"), source)),
        legal_basis=_text(values, "legal_basis", "consent", source),
        extra_columns=_extra_columns(values.get("columns", {}), source),
    )


def _extra_columns(tables: Any, source: str) -> dict[str, tuple[Column, ...]]:
    _check_table(tables, "columns", source)
    _check_keys(tables, tuple(TABLE_BY_NAME), f"{source}, [columns]")
    return {table: _columns_of(table, columns, source) for table, columns in tables.items()}


def _columns_of(table: str, columns: Any, source: str) -> tuple[Column, ...]:
    _check_table(columns, f"columns.{table}", source)
    known = set(TABLE_BY_NAME[table].column_names)
    for name in columns:
        if name in known:
            raise FeedFileError(f"{source}: columns.{table}.{name} is in the contract already.", remedy="Leave it out.")
    return tuple(_column(table, name, values, source) for name, values in columns.items())


def _column(table: str, name: str, values: Any, source: str) -> Column:
    where = f"{source}, columns.{table}.{name}"
    _check_table(values, f"columns.{table}.{name}", source)
    _check_keys(values, _COLUMN_KEYS, where)
    privacy = _member(values, "class", EXTRA_CLASSES, where)
    if privacy is Privacy.ENCRYPT and table != "customers":
        raise FeedFileError(f'{where}: class "encrypt" is only for customers.', remedy='Say "drop" or "pseudonymise".')
    kind = _member(values, "type", tuple(Kind), where)
    return Column(
        name=name,
        kind=kind,
        privacy=privacy,
        purpose=_member(values, "purpose", tuple(Purpose), where),
        description=_text(values, "description", "Declared by the bank.", where),
        required=_boolean(values, "required", where),
        minimum=_number(values, "minimum", where),
        maximum=_number(values, "maximum", where),
        choices=_choices(values, where),
        max_length=int(_number(values, "max_length", where) or 200),
        raw_name=None if privacy in (Privacy.ENCRYPT, Privacy.DROP) else name,
        standard=standard_of(kind),
        label=_text(values, "label", "", where) if "label" in values else None,
    )


def _check_keys(values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in known:
            raise FeedFileError(f"{where}: unknown key {key!r}.", remedy=f"Known are {', '.join(known)}. {_REMEDY}")


def _check_table(values: Any, key: str, source: str) -> None:
    if not isinstance(values, dict):
        raise FeedFileError(f"{source}: {key} is not a table of keys and values.", remedy=_REMEDY)


def _member(values: Mapping[str, Any], key: str, members: tuple[_Choice, ...], where: str) -> _Choice:
    for member in members:
        if values.get(key) == member.value:
            return member
    raise FeedFileError(f"{where}: {key} is {_found(values, key)}.", remedy=f"Say one of {', '.join(members)}.")


def _one_of(values: Mapping[str, Any], key: str, choices: tuple[str, ...], where: str) -> str:
    value = values.get(key, choices[0])
    if value not in choices:
        raise FeedFileError(f"{where}: {key} is {_found(values, key)}.", remedy=f"Say one of {', '.join(choices)}.")
    return str(value)


def _text(values: Mapping[str, Any], key: str, default: str, where: str) -> str:
    value = values.get(key, default)
    if not isinstance(value, str) or not value.strip():
        raise FeedFileError(f"{where}: {key} is {_found(values, key)}, not a text.", remedy=_REMEDY)
    return value


def _currency(values: Mapping[str, Any], source: str) -> str:
    value = _text(values, "currency", "EUR", source)
    if not (len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()):
        raise FeedFileError(f"{source}: currency is {value!r}.", remedy='Say its ISO 4217 code, such as "EUR".')
    return value


def _as_of(values: Mapping[str, Any], source: str) -> date | None:
    value = values.get("as_of")
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise FeedFileError(f"{source}: as_of is {_found(values, 'as_of')}.", remedy="Say a date: as_of = 2026-01-31.")


def _boolean(values: Mapping[str, Any], key: str, where: str) -> bool:
    value = values.get(key, False)
    if not isinstance(value, bool):
        raise FeedFileError(f"{where}: {key} is {_found(values, key)}.", remedy="Say true or false.")
    return value


def _number(values: Mapping[str, Any], key: str, where: str) -> float | None:
    value = values.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise FeedFileError(f"{where}: {key} is {_found(values, key)}, not a number.", remedy=_REMEDY)
    return value


def _choices(values: Mapping[str, Any], where: str) -> tuple[str, ...]:
    value = values.get("choices", [])
    if not isinstance(value, list) or not all(isinstance(choice, str) for choice in value):
        raise FeedFileError(f"{where}: choices is not a list of texts.", remedy=_REMEDY)
    return tuple(value)


def _found(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else "missing"
