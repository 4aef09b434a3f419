"""Keys under which spellings of one value collide, as OpenRefine defines them.

Source: OpenRefine, "Clustering in depth", key collision methods
(https://openrefine.org/docs/technical-reference/clustering-in-depth). Unlike there, accents are taken off every
alphabet that Unicode decomposes, and all letters without an ASCII form stay: Greek and Cyrillic words keep their key.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose into a base letter and an accent.
_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_DROPPED = ("P", "S", "Cc", "Cf")  # punctuation, symbols, control and invisible characters
_DIGITS = re.compile(r"\d+")
# A symbol that makes another word of it: C++ is not C#, and <50 is not >50.
_TELLING_SYMBOLS = re.compile(r"[+#%<>=@$€£°]")


def words(text: str) -> tuple[str, ...]:
    """The words of `text` in their order: lower case, without accents, punctuation and control characters."""
    return _words(_plain(text))


def fingerprint(text: str) -> str:
    """Words in alphabetical order, each once: `Twain, Mark` and `mark  TWAIN` are `mark twain`."""
    return " ".join(sorted(set(words(text))))


def ngram_fingerprint(text: str, n: int = 2) -> str:
    """All runs of `n` characters of the words without spaces, in order, each once: `Paris` is `arispari`."""
    letters = "".join(words(text))
    return "".join(sorted({letters[start : start + n] for start in range(len(letters) - n + 1)}))


def what_must_agree(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numbers and telling symbols of `text`, in order. Values that differ in these are never one value."""
    plain = _plain(text)
    return tuple(_DIGITS.findall(plain)), tuple(_TELLING_SYMBOLS.findall(plain))


def _plain(text: str) -> str:
    folded = " ".join(text.split()).lower().translate(_LETTERS)
    if folded.isascii():
        return folded
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _words(plain: str) -> tuple[str, ...]:
    if not plain.replace(" ", "").isalnum():
        plain = "".join(character for character in plain if not unicodedata.category(character).startswith(_DROPPED))
    return tuple(plain.split())
