"""The columns of a batch brought to the standards that the contract names for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask
from recsys.cleaning.standardising.addresses import standard_address_lines
from recsys.cleaning.standardising.countries import standard_countries
from recsys.cleaning.standardising.currencies import standard_currencies
from recsys.cleaning.standardising.dates import standard_dates
from recsys.cleaning.standardising.distinct import replace_values
from recsys.cleaning.standardising.emails import standard_emails
from recsys.cleaning.standardising.ibans import standard_ibans
from recsys.cleaning.standardising.names import standard_names
from recsys.cleaning.standardising.national_ids import standard_national_ids
from recsys.cleaning.standardising.phones import standard_phones
from recsys.cleaning.standardising.postcodes import standard_postcodes
from recsys.cleaning.standardising.texts import standard_texts
from recsys.feed.columns import Column, Privacy, Standard

_COUNTRY = "country"
_ALONE: Mapping[Standard, Callable[[pa.Array], pa.Array]] = {
    Standard.TEXT: standard_texts,
    Standard.NAME: standard_names,
    Standard.ADDRESS: standard_address_lines,
    Standard.COUNTRY: standard_countries,
    Standard.EMAIL: standard_emails,
    Standard.IBAN: standard_ibans,
    Standard.CURRENCY: standard_currencies,
    Standard.DATE: standard_dates,
}
_BY_COUNTRY: Mapping[Standard, Callable[[pa.Array, pa.Array | None], pa.Array]] = {
    Standard.POSTCODE: standard_postcodes,
    Standard.PHONE: standard_phones,
    Standard.NATIONAL_ID: standard_national_ids,
}
Columns: TypeAlias = Mapping[str, pa.Array]
# By column, spellings with the canonical value that each becomes.
Canonical: TypeAlias = Mapping[str, Mapping[str, str]]
# `keep` holds nothing of a person, and `drop` promises that the value is forgotten.
_PERSONAL = frozenset({Privacy.ENCRYPT, Privacy.PSEUDONYMISE, Privacy.GENERALISE, Privacy.REDACT})
_SPACES = r"[\s\pZ]+"


@dataclass(frozen=True, slots=True)
class StandardColumns:
    """`values` by column (n,), as found or standardised, and by column that changed the rows (n,) where it did."""

    values: Columns
    changed: Mapping[str, Mask]

    def among(self, rows: Mask) -> Mapping[str, Mask]:
        """`changed` among `rows` (n,), without the columns where nothing of it is left."""
        both = {name: changed & rows for name, changed in self.changed.items()}
        return {name: changed for name, changed in both.items() if changed.any()}


def standardise(columns: Iterable[Column], found: Columns, canonical: Canonical | None = None) -> StandardColumns:
    """`found` with each text column of `columns` at its standard, and the spellings of `canonical` as one value.

    Typed columns of a Parquet file are standard.
    """
    values = dict(found)
    changed: dict[str, Mask] = {}
    # The country says how to read a telephone number, so it comes first.
    for column in sorted(columns, key=lambda column: column.standard is not Standard.COUNTRY):
        texts = _texts(found.get(column.name))
        if column.standard is None or texts is None:
            continue
        standard = _standard(column.standard, texts, _texts(values.get(_COUNTRY)))
        if canonical and column.name in canonical:
            standard = replace_values(standard, canonical[column.name])
        if standard is texts:
            continue
        is_changed = np.asarray(pc.fill_null(pc.not_equal(texts, standard), False).to_numpy(zero_copy_only=False))
        if is_changed.any():
            values[column.name], changed[column.name] = standard, is_changed
    return StandardColumns(values, changed)


def originals_to_keep(
    columns: Iterable[Column], found: Columns, standard: Columns, changed: Mapping[str, Mask]
) -> Columns:
    """By personal column, what stood in `changed` rows (n,) before; null where nothing did that is worth keeping.

    A value that differs from its standard by whitespace only can be told from it, so it is not kept: an IBAN in groups
    of four is the commonest change of all, and would seal the same thing a million times.
    """
    originals: dict[str, pa.Array] = {}
    for column in columns:
        texts = _texts(found.get(column.name))
        if column.name not in changed or column.privacy not in _PERSONAL or texts is None:
            continue
        rows = changed[column.name].copy()
        places = np.flatnonzero(rows)
        before, after = (
            pc.replace_substring_regex(values.take(pa.array(places)), _SPACES, "")
            for values in (texts, standard[column.name])
        )
        rows[places] = np.asarray(pc.not_equal(before, after).to_numpy(zero_copy_only=False))
        if rows.any():
            originals[column.name] = pc.if_else(pa.array(rows), texts, None)
    return originals


def _standard(standard: Standard, texts: pa.Array, countries: pa.Array | None) -> pa.Array:
    if standard in _ALONE:
        return _ALONE[standard](texts)
    return _BY_COUNTRY[standard](texts, countries)


def _texts(values: pa.Array | None) -> pa.Array | None:
    """`values` as plain texts, None where they are no texts or all are missing."""
    if values is None or values.null_count == len(values):
        return None
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
        values = values.cast(pa.string())
    return values if pa.types.is_string(values.type) else None
