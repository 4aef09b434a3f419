"""Identifying values in the form in which two spellings of one value are equal."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

# What people type where a number is asked for and there is none.
_PLACEHOLDERS = r"^(0*|9+|x+|na|nan|none|null|unknown|unbekannt|test|123456789?0?)$"


def normalised_emails(values: pa.Array) -> pa.Array:
    """E-mail addresses (n,) without case, accents and whitespace; null where there is none.

    Dots stay: only some providers ignore them, and joining two people is worse than missing one.
    """
    folded = _folded(values)
    return pc.if_else(pc.match_substring(folded, "@"), folded, None)


def normalised_national_ids(values: pa.Array) -> pa.Array:
    """National ids (n,) as letters and digits only, without case and accents; null where there is none."""
    folded = pc.replace_substring_regex(_folded(values), r"[^\pL\pN]+", "")
    return pc.if_else(pc.match_substring_regex(folded, _PLACEHOLDERS), None, folded)


def _folded(values: pa.Array) -> pa.Array:
    """Lower case, compatibility forms resolved (Unicode NFKD), accents and whitespace taken out."""
    decomposed = pc.utf8_normalize(values, form="NFKD")
    return pc.replace_substring_regex(pc.utf8_lower(decomposed), r"[\pM\s\pZ]+", "")
