"""International bank account numbers in the form in which systems exchange them (ISO 13616)."""

from __future__ import annotations

import re
import string

import pyarrow as pa
from stdnum import iban

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.suspects import byte_set, unlike

_COMPACT = byte_set(string.ascii_uppercase + string.digits)
_LABEL = re.compile(r"^\s*IBAN(?=[\s:.])[\s:.]*", re.IGNORECASE)
# Non-breaking and narrow spaces come with copies from web pages, which stdnum warns of and does not take.
_SPACES = re.compile(r"\s+")


def standard_ibans(values: pa.Array) -> pa.Array:
    """IBANs (n,) in capitals without spaces, where length, structure and checksum are right; others stay."""
    return replace_distinct(values, unlike(values, _COMPACT), standard_iban)


def standard_iban(value: str) -> str:
    """One IBAN."""
    text = _SPACES.sub("", _LABEL.sub("", value))
    return iban.compact(text) if text.isascii() and iban.is_valid(text) else value
