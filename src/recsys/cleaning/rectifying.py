"""Corrected values of a customer, standardised and held to the feed contract like delivered ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from recsys.cleaning.rows import RawBatch
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError
from recsys.feed.columns import Column, Kind, Privacy, Standard
from recsys.feed.contract import CUSTOMERS

COUNTRY = "country"
_BY_COUNTRY = frozenset({Standard.POSTCODE, Standard.PHONE, Standard.NATIONAL_ID})
_FORM = "Say customers.COLUMN=VALUE."


@dataclass(frozen=True, slots=True)
class Correction:
    """What a column of `customers` is to hold, written as the feed contract writes it."""

    column: Column
    value: str = field(repr=False)


def correctable_columns() -> tuple[Column, ...]:
    """Columns of `customers` that are no free text, no key and no pseudonym of somebody else.

    What people wrote is corrected in its source; the next load brings it.
    """
    return tuple(column for column in CUSTOMERS.columns if _is_correctable(column))


def split_setting(setting: str) -> tuple[Column, str]:
    """Column and value of `customers.COLUMN=VALUE`, as they were said.

    Raises:
        ContractError: it is not of that form, or the column cannot be corrected.
    """
    name, sign, text = setting.partition("=")
    known = {column.name: column for column in correctable_columns()}
    column = known.get(name.strip().removeprefix(f"{CUSTOMERS.name}."))
    if not sign or column is None:
        raise ContractError(
            "This is no value that can be corrected here.",
            remedy=f"Say customers.COLUMN=VALUE with one of {', '.join(known)}; anything else is corrected in its "
            "source, and the next load brings it.",
        )
    return column, text.strip()


def are_read_by_country(said: Sequence[tuple[Column, str]]) -> bool:
    """Whether the customer's country must be known to read what was `said`, and was not said with it."""
    columns = {column.name: column for column, _ in said}
    return COUNTRY not in columns and any(column.standard in _BY_COUNTRY for column in columns.values())


def checked_corrections(
    said: Sequence[tuple[Column, str]], latest: date, country: str | None = None
) -> list[Correction]:
    """What was `said` of one customer who lives in `country`, at its standard.

    Raises:
        ContractError: a value is missing, breaks its contract, or was said twice.
    """
    texts = {column.name: text for column, text in said}
    if len(texts) < len(said):
        raise ContractError("A column is to be corrected to two values.", remedy="Say each column once.")
    row = _checked_row({COUNTRY: country, **texts}, latest)
    corrections = []
    for column, _ in said:
        value = row[column.name].cast(pa.string())[0].as_py()
        if value is None:
            raise ContractError(f"No value of {column.name} was given.", remedy=_FORM)
        corrections.append(Correction(column, str(value)))
    return corrections


def _checked_row(values: Mapping[str, str | None], latest: date) -> pa.RecordBatch:
    columns = {name: pa.array([value], pa.string()) for name, value in {"customer_id": "rectified", **values}.items()}
    validator = TableValidator(CUSTOMERS, (), file="the correction", latest=latest, known={})
    checked = validator.check(RawBatch(np.array([1], dtype=np.int64), columns))
    if checked.rejects:
        reject = checked.rejects[0]
        raise ContractError(
            f"The value of {reject.column} breaks the feed contract: {reject.reason}.", remedy="See docs/feed.md."
        )
    return checked.kept


def _is_correctable(column: Column) -> bool:
    if column.name in CUSTOMERS.key:
        return False
    if column.privacy is Privacy.KEEP:
        return column.kind is not Kind.TEXT or bool(column.choices or column.standard)
    return column.privacy in (Privacy.ENCRYPT, Privacy.GENERALISE)
