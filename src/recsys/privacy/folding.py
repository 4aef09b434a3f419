"""One spelling for all spellings of a value: without case, accents, spaces and punctuation.

"José  O'Neill", "JOSE ONEILL" and "jose-o'neill" all fold to "joseoneill"; "DE89 3704 0044" folds to "de8937040044".
"""

from __future__ import annotations

import re
import unicodedata

# Runs of letters and runs of digits: the words between whose ends a known value may stand.
WORD = re.compile(r"[^\W\d_]+|\d+")

# One name of a person: "O'Neill" and "Anne-Marie" are one each.
NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

# Letters that Unicode does not decompose, as they are written where they are missing.
_SPELLED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}


class _Folding(dict[int, str]):
    """A table for `str.translate` that works out each character once."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        kept = "".join(_SPELLED.get(c, c) for c in folded if c.isalnum())
        self[code] = kept
        return kept


_FOLDING = _Folding()


def fold(text: str) -> str:
    """`text` folded: only letters and digits are left, in lower case and without accents."""
    return text.translate(_FOLDING)


def fold_words(text: str) -> str:
    """`text` folded word by word, with one space between words."""
    return " ".join(fold(word) for word in WORD.findall(text))


def fold_names(text: str) -> str:
    """`text` folded name by name, with one space between names: only white space and commas part names.

    "O'Neill, Anne-Marie" becomes "oneill annemarie".
    """
    return " ".join(folded for name in text.replace(",", " ").split() if (folded := fold(name)))


def folded_positions(text: str) -> list[int]:
    """For each character of `fold(text)` the index of the character of `text` that it comes from."""
    return [index for index, character in enumerate(text) for _ in _FOLDING[ord(character)]]


def is_word_start(text: str, index: int) -> bool:
    """Whether a word begins at `index`: letters after letters, or digits after digits, do not."""
    return index == 0 or _is_break(text[index - 1], text[index])


def word_end(text: str, index: int) -> int | None:
    """The end (exclusive) of the word whose last folded character is at `index`, or None where the word goes on.

    Accents that follow as characters of their own belong to the word.
    """
    end = index + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end if end == len(text) or _is_break(text[index], text[end]) else None


def _is_break(left: str, right: str) -> bool:
    if not (left.isalnum() and right.isalnum()):
        # A combining accent binds to the letter before it, so what follows it continues that word.
        return not (unicodedata.combining(left) and right.isalnum())
    return left.isdecimal() != right.isdecimal()
