"""Telephone numbers that name their country, read for whole columns by the patterns of phonenumbers.

A fast path only: it reads a part of what `phonenumbers.parse` reads, and reads it alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

_SEPARATORS = r"[ \-./]+"
_DIGITS = r"^\+[1-9][0-9]{6,14}$"


@dataclass(frozen=True, slots=True)
class _Plan:
    """The mobile and fixed-line numbers of the main country of a calling code."""

    general: str
    kinds: tuple[tuple[str, tuple[int, ...]], ...]


def read_international(phones: pa.Array, countries: pa.Array | None) -> pa.Array:
    """For each of `phones` (n,) its E.164 form where it begins with "+" or with "00" dialled in a country (n,) where
    that leads abroad, and is a mobile or fixed-line number there; null where that cannot be told in this way.
    """
    compact = pc.replace_substring_regex(phones, _SEPARATORS, "")
    if countries is not None:
        leads_abroad = pc.fill_null(pc.is_in(countries, value_set=_dialling_double_zero()), False)
        compact = pc.if_else(leads_abroad, pc.replace_substring_regex(compact, r"^00", "+"), compact)
    compact = pc.if_else(pc.match_substring_regex(compact, _DIGITS), compact, None)
    is_read = pa.repeat(False, len(compact))
    for n_digits in (1, 2, 3):
        codes = pc.utf8_slice_codeunits(compact, 1, 1 + n_digits)
        for code in codes.unique().drop_null().to_pylist():
            if plan := _plan(int(code)):
                national = pc.utf8_slice_codeunits(pc.if_else(pc.equal(codes, code), compact, None), 1 + n_digits)
                is_read = pc.or_(is_read, pc.fill_null(_is_of(plan, national), False))
    return pc.if_else(is_read, compact, None)


def _is_of(plan: _Plan, national: pa.Array) -> pa.Array:
    lengths = pc.utf8_length(national)
    is_of = pa.repeat(False, len(national))
    for pattern, possible in plan.kinds:
        fits = pc.and_(
            pc.is_in(lengths, value_set=pa.array(possible, pa.int32())), pc.match_substring_regex(national, pattern)
        )
        is_of = pc.or_(is_of, pc.fill_null(fits, False))
    # A zero in front might be the prefix of calls at home: only `parse` can tell.
    is_whole = pc.and_(
        pc.match_substring_regex(national, plan.general), pc.invert(pc.starts_with(national, pattern="0"))
    )
    return pc.and_(is_of, is_whole)


@cache
def _plan(code: int) -> _Plan | None:
    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    metadata = PhoneMetadata.metadata_for_region(regions[0], None) if regions else None
    # Where a prefix at home is more than a zero, a number may be rewritten while it is parsed.
    if metadata is None or metadata.leading_digits or metadata.national_prefix_for_parsing not in (None, "0"):
        return None
    if metadata.general_desc is None:
        return None
    kinds = [kind for kind in (metadata.mobile, metadata.fixed_line) if kind and kind.national_number_pattern]
    return _Plan(
        f"^(?:{metadata.general_desc.national_number_pattern})$",
        tuple((f"^(?:{kind.national_number_pattern})$", tuple(kind.possible_length)) for kind in kinds),
    )


@cache
def _dialling_double_zero() -> pa.Array:
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    found = ((region, PhoneMetadata.metadata_for_region(region, None)) for region in regions)
    return pa.array([region for region, data in found if data is not None and data.international_prefix == "00"])
