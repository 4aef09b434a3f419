"""The privacy policy: what of each column may pass, derived from the classes of the feed contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recsys.errors import PrivacyError
from recsys.feed.columns import Column, Kind, Privacy, Table

# The columns for which `generalising` has a coarser value.
GENERALISED = frozenset({"customers.birth_date", "customers.postcode"})

_STOPPED = frozenset({Privacy.ENCRYPT, Privacy.DROP})


def passing_columns(table: Table, extras: Sequence[Column] = ()) -> tuple[Column, ...]:
    """The columns of `table`, extra columns last, of which something passes the privacy boundary.

    Raises:
        PrivacyError: a class is unknown, or it says something that cannot be done to its column.
    """
    columns = (*table.columns, *extras)
    for column in columns:
        _check_class(table, column)
    return tuple(column for column in columns if column.privacy not in _STOPPED)


def check_declared(table: Table, extras: Sequence[Column], names: Iterable[str]) -> None:
    """Raise `PrivacyError` where one of `names`, columns that arrived for `table`, has no class."""
    declared = {column.name for column in (*table.columns, *extras)}
    for name in names:
        if name not in declared:
            raise PrivacyError(
                f"{table.name}.{name} has no privacy class, so it may not pass.",
                remedy="Declare the column with its class in feed.toml, or leave it out of the feed.",
            )


def _check_class(table: Table, column: Column) -> None:
    where = f"{table.name}.{column.name}"
    if not isinstance(column.privacy, Privacy):
        raise PrivacyError(f"{where} has the unknown privacy class {column.privacy!r}.", remedy=_known_classes())
    if column.privacy in _STOPPED and column.raw_name is not None:
        raise PrivacyError(f"{where} is {column.privacy}, yet it has a place in raw.", remedy="Take its raw_name away.")
    if column.privacy not in _STOPPED and column.raw_name is None:
        raise PrivacyError(f"{where} is {column.privacy}, yet it has no place in raw.", remedy="Give it a raw_name.")
    if column.privacy is Privacy.GENERALISE and where not in GENERALISED:
        raise PrivacyError(f"Nothing says what the coarser value of {where} is.", remedy="Choose another class.")
    if column.kind is not Kind.TEXT and column.privacy is Privacy.REDACT:
        raise PrivacyError(f"{where} is {column.kind}, and only text can be redacted.", remedy="Choose another class.")
    if column.kind is Kind.TEXT_LIST and column.privacy is Privacy.PSEUDONYMISE:
        raise PrivacyError(f"{where} is a list, and a list has no pseudonym.", remedy="Choose another class.")


def _known_classes() -> str:
    return f"Known are {', '.join(Privacy)}."
