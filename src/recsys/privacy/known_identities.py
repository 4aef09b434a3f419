"""Finding every value by which the bank knows its customers, in any text, in one pass (Aho and Corasick, CACM 1975).

The automaton costs about 40 bytes for each character of its spellings, so all spellings of 10 million customers would
not fit in memory. But a spelling can only be found where some word of some text begins as it does, so the beginnings
of all texts are collected first (`Beginnings`) and other spellings never enter the automaton: its size is bounded by
what the texts hold and no longer by the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ahocorasick

from recsys.privacy.folding import WORD, fold, fold_names, fold_words, folded_positions, is_word_start, word_end
from recsys.privacy.spans import Span
from recsys.privacy.spellings import IDENTITIES, OTHER_IDENTITY, Identity

_BEGINNING = 8  # folded characters
_TAGS = tuple(dict.fromkeys(identity.tag for identity in (*IDENTITIES.values(), OTHER_IDENTITY)))

# A name that is shorter than this, folded, must also stand in the text in the same words: "Al Lin" is not in "all in".
_SAFE_NAME_LENGTH = 10


class Beginnings:
    """How the rest of a text begins at any of its words: the folded first characters."""

    def __init__(self) -> None:
        self._beginnings: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Take in `texts`."""
        for text in texts:
            words = [fold(word) for word in WORD.findall(text)]
            folded, start = "".join(words), 0
            for word in words:
                self._beginnings.add(folded[start : start + _BEGINNING])
                start += len(word)

    def admit(self, spelling: str) -> bool:
        """Whether the folded `spelling` may stand at a word of any of the texts."""
        return len(spelling) < _BEGINNING or spelling[:_BEGINNING] in self._beginnings


class KnownIdentities:
    """Spellings of customers' values, to be found at word boundaries; call `close` between `add` and `find`."""

    def __init__(self, beginnings: Beginnings) -> None:
        self._beginnings = beginnings
        self._automaton: Any = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        self._short_names: dict[str, set[str]] = {}

    def add(self, column: str, values: Iterable[str]) -> None:
        """Take in values of the customers' column `column`, one of `IDENTITIES` or one that the bank declared."""
        identity = IDENTITIES.get(column, OTHER_IDENTITY)
        for value in values:
            for spelling in identity.spell(value):
                self._add_spelling(identity, spelling)

    def close(self) -> None:
        """Make the automaton ready."""
        self._automaton.make_automaton()

    def __len__(self) -> int:
        return len(self._automaton)

    def find(self, text: str) -> list[Span]:
        """Where known values stand in `text`, longest or not, overlapping or not (see `merge_spans`)."""
        if not len(self._automaton):
            return []
        hits = list(self._automaton.iter(fold(text)))
        if not hits:
            return []
        positions = folded_positions(text)
        spans = (self._span(text, positions, last, *divmod(packed, len(_TAGS))) for last, packed in hits)
        return [span for span in spans if span is not None]

    def _add_spelling(self, identity: Identity, spelling: str) -> None:
        folded = spelling.replace(" ", "")
        if len(folded) < identity.min_length or not self._beginnings.admit(folded):
            return
        # Where a spelling has two meanings the first one stays.
        if folded not in self._automaton:
            self._automaton.add_word(folded, len(folded) * len(_TAGS) + _TAGS.index(identity.tag))
        if " " in spelling and len(folded) < _SAFE_NAME_LENGTH:
            self._short_names.setdefault(folded, set()).add(spelling)

    def _span(self, text: str, positions: list[int], last: int, length: int, tag: int) -> Span | None:
        first = last - length + 1
        start, end = positions[first], word_end(text, positions[last])
        is_inside_character = first > 0 and positions[first - 1] == start
        if end is None or is_inside_character or not is_word_start(text, start):
            return None
        words = self._short_names.get(fold(text[start:end])) if length < _SAFE_NAME_LENGTH else None
        if words is not None and words.isdisjoint((fold_words(text[start:end]), fold_names(text[start:end]))):
            return None
        return Span(start, end, _TAGS[tag])
