"""Streets and towns: tidied as texts, capitals and small letters put right. Abbreviations stay as they are."""

from __future__ import annotations

import pyarrow as pa

from recsys.cleaning.standardising.casing import capitalised, has_one_case
from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.suspects import matching, untidy
from recsys.cleaning.standardising.texts import settled, standard_line

_SMALL = frozenset(
    {"am", "an", "der", "die", "das", "den", "dem", "des", "im", "in", "auf", "bei", "ob", "vor", "zu", "zum", "zur"}
    | {"von", "vom", "und", "de", "du", "del", "la", "le", "les", "et", "sur", "sous", "aux", "en", "van", "op", "aan"}
    | {"upon", "on", "of", "the", "and", "di", "da", "do", "dos", "della", "delle", "y", "el"}
)
_CANDIDATES = r"^\P{Lu}*$|^\P{Ll}*$|^[\P{Ll}ß]*$"


def standard_address_lines(values: pa.Array) -> pa.Array:
    """Streets or towns (n,): "FRANKFURT AM MAIN" and "frankfurt am main" as "Frankfurt am Main"."""
    return replace_distinct(values, untidy(values) | matching(values, _CANDIDATES), standard_address_line)


def standard_address_line(line: str) -> str:
    """One street or town."""
    return settled(_standard, line)


def _standard(line: str) -> str:
    line = standard_line(line)
    # "12 B" or "U2" is a house or a block, and says nothing about how words are written.
    has_word = any(word.isalpha() and len(word) > 2 for word in line.replace("-", " ").replace("'", " ").split())
    return capitalised(line, lambda word: word in _SMALL) if has_word and has_one_case(line) else line
