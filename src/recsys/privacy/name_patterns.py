r"""Names by what stands before them: keywords of bank statements, titles, and how people introduce themselves.

A language model reads sentences; "VIREMENT RECU DE" is none, but what follows it is a payer. Names are capitalised or
in capitals; a firm or a word of the trade ("TRANSFER TO SAVINGS ACCOUNT") is not one. `\K` leaves the keyword out of
the hit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from recsys.privacy import context_words as words
from recsys.privacy.folding import WORD, fold

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_PARTICLE = r"(?i:(?:al|bin|da|de la|de|del|den|der|di|do|dos|du|el|la|le|ter|van|von|zu|zum|y|e)[ ])"
_WORD = r"(?:\p{Lu}\.|\p{Lu}[\p{L}\p{M}]*(?:['’-]\p{L}+)*)"
_ONE = rf"(?!(?i:{words.AFTER_NAME})\b){_WORD}"
_REST = rf",?[ ]{{1,3}}{_PARTICLE}{{0,2}}{_ONE}"
# Two words at least after a payment, because one may be anything.
_FULL = rf"{_ONE}(?:{_REST}){{1,3}}"
_ANY = rf"{_ONE}(?:{_REST}){{0,3}}"
_NO_FIRM = rf"(?![^\n]{{0,40}}\b(?i:{words.FIRM})\b)"

_PATTERNS = (
    ("payment", rf"\b(?i:{words.PAYMENT})[ ]?[:./-]?[ ]{{0,3}}\K{_NO_FIRM}{_FULL}"),
    ("field", rf"(?i:/(?:name|ordp|benm|remi/name)/)[ ]?\K{_NO_FIRM}{_FULL}"),
    ("owner", rf"\b(?i:{words.OWNER})[ ]?[:.=-]?[ ]{{0,3}}\K{_NO_FIRM}{_ANY}"),
    ("self", rf"\b(?i:{words.SELF})[ ]?[:,-]?[ ]\K{_ANY}"),
    (
        "greeting",
        rf"(?:^|[.!?,\n][ ]?)(?i:{words.GREETING})[ ]?[,.!–-]?\s{{1,3}}\K{_ANY}(?=[ ]?[.,!]?(?:$|\n))",
    ),
    ("title", rf"\b(?i:{words.TITLE})(?:\.[ ]?|[ ])(?:(?i:dr|prof)\.?[ ])?\K{_ANY}"),
)
_SCORE = 0.8


@cache
def name_recogniser() -> EntityRecognizer:
    """Presidio's pattern recogniser over these patterns."""
    from presidio_analyzer import Pattern, PatternRecognizer

    class NameRecogniser(PatternRecognizer):  # type: ignore[misc]
        """Refuses hits that hold a word that is no name."""

        def invalidate_result(self, pattern_text: str) -> bool:
            """Whether `pattern_text` is a firm or a word of the trade."""
            return any(fold(word) in words.NO_NAMES for word in WORD.findall(pattern_text))

    patterns = [Pattern(name, pattern, _SCORE) for name, pattern in _PATTERNS]
    return NameRecogniser("PERSON", "Names by context", patterns=patterns, global_regex_flags=0)
