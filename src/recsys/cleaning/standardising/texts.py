"""Texts without what no person typed: bytes read in the wrong encoding, invisible characters, stray whitespace."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pyarrow as pa
from ftfy import fix_encoding
from ftfy.badness import is_bad
from ftfy.fixes import unescape_html

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.suspects import untidy

# Byte-order mark, zero-width and direction marks, soft hyphen. Joiners (U+200C, U+200D) stay: some scripts need them.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# The controls that Unicode does not count as whitespace.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f]")
_BREAKS = re.compile(r"\s*[\n\r\v\f\x85\u2028\u2029]\s*")
_SPACES = re.compile(r"[^\S\n]+")
_ENTITY = re.compile(r"&#?[0-9A-Za-z]{2,31};")
# Garbled twice is common, more is not; whatever does not come to rest is left alone.
_ROUNDS = 6


def standard_texts(values: pa.Array) -> pa.Array:
    """Texts (n,) with mojibake and HTML entities undone, in Unicode NFC, without invisible characters, one space
    between words, one line feed between lines and nothing around. Case and spelling stay.
    """
    return replace_distinct(values, untidy(values), standard_text)


def settled(standard: Callable[[str], str], text: str) -> str:
    """`standard` of `text` until it changes nothing more, so that doing it again would not either."""
    found = text
    for _ in range(_ROUNDS):
        again = standard(found)
        if again == found:
            return found
        found = again
    return text


def standard_text(text: str) -> str:
    """One text, as `standard_texts`."""
    return settled(_tidied, text)


def standard_line(text: str) -> str:
    """One text without line breaks: a name, an address."""
    return standard_text(text).replace("\n", " ")


def _tidied(text: str) -> str:
    if not text.isascii() and is_bad(text):
        text = fix_encoding(text)
    if _ENTITY.search(text):
        text = unescape_html(text)
    text = _CONTROLS.sub("", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return _SPACES.sub(" ", _BREAKS.sub("\n", text)).strip()
