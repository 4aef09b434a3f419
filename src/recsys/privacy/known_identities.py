"""Finding every value by which the bank knows its customers, in any text, in one pass (Aho and Corasick, CACM 1975).

The automaton costs about 40 bytes for each character of its spellings, so all spellings of 10 million customers would
not fit in memory. But a spelling can only be found where some word of some text begins as it does, so the beginnings
of all texts are collected first (`Beginnings`) and other spellings never enter the automaton: its size is bounded by
what the texts hold and no longer by the number of customers. Variants of names (see `name_variants`) enter it only
where each two of their words stand next to each other in some text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import pairwise
from typing import Any, NamedTuple

import ahocorasick

from recsys.privacy.folding import WORD, fold, fold_names, fold_words, folded_positions, is_word_start, word_end
from recsys.privacy.name_variants import Variant, is_written_as_name, mistype, name_words, spell_initials
from recsys.privacy.spans import Span
from recsys.privacy.spellings import IDENTITIES, OTHER_IDENTITY, Identity
from recsys.privacy.typos import NearWords

_NAME_COLUMN = "full_name"
_BEGINNING = 8  # folded characters
_TAGS = tuple(dict.fromkeys(identity.tag for identity in (*IDENTITIES.values(), OTHER_IDENTITY)))

# A name that is shorter than this, folded, must also stand in the text in the same words: "Al Lin" is not in "all in".
_SAFE_NAME_LENGTH = 10


class _Surety(IntEnum):
    """How surely a spelling names the customer."""

    DOUBTFUL = 0  # only in a row of that customer's own
    LIKELY = 1  # in anybody's row, where it is written as names are
    CERTAIN = 2


_N_SURETIES = len(_Surety)


class _Hit(NamedTuple):
    span: Span
    surety: _Surety


class Beginnings:
    """How the rest of a text begins at any of its words, and which words stand next to each other, all folded."""

    def __init__(self) -> None:
        self._beginnings: set[str] = set()
        self._pairs: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Take in `texts`."""
        for text in texts:
            words = [fold(word) for word in WORD.findall(text)]
            folded, start = "".join(words), 0
            for word in words:
                self._beginnings.add(folded[start : start + _BEGINNING])
                start += len(word)
            self._pairs.update(f"{left} {right}" for left, right in pairwise(name_words(text)))

    @property
    def words(self) -> set[str]:
        """Every word that stands next to another one."""
        return {word for pair in self._pairs for word in pair.split(" ")}

    def admit_words(self, words: tuple[str, ...]) -> bool:
        """Whether the folded `words` may stand after each other in any of the texts."""
        return all(f"{left} {right}" in self._pairs for left, right in pairwise(words))

    def admit(self, spelling: str) -> bool:
        """Whether the folded `spelling` may stand at a word of any of the texts."""
        return len(spelling) < _BEGINNING or spelling[:_BEGINNING] in self._beginnings


class KnownIdentities:
    """Spellings of customers' values, to be found at word boundaries; call `close` between `add` and `find`."""

    def __init__(self, beginnings: Beginnings) -> None:
        self._beginnings = beginnings
        self._automaton: Any = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        self._short_names: dict[str, set[str]] = {}
        self._variants: dict[str, set[tuple[str, ...]]] = {}
        self._near_words: NearWords | None = None

    def add(self, column: str, values: Iterable[str]) -> None:
        """Take in values of the customers' column `column`, one of `IDENTITIES` or one that the bank declared."""
        identity = IDENTITIES.get(column, OTHER_IDENTITY)
        for value in values:
            for spelling in identity.spell(value):
                self._add_spelling(identity, spelling)
            if column == _NAME_COLUMN:
                for variant in self._variants_of(value):
                    self._add_variant(variant)

    def close(self) -> None:
        """Make the automaton ready."""
        self._automaton.make_automaton()

    def __len__(self) -> int:
        return len(self._automaton)

    def find(self, text: str) -> list[Span]:
        """Where known values stand in `text`, longest or not, overlapping or not (see `merge_spans`)."""
        return [hit.span for hit in self._hits(text) if _is_sure(text, hit)]

    def find_doubtful(self, text: str) -> list[Span]:
        """Where a name of a customer may stand in `text`, if the text is about that customer."""
        return [hit.span for hit in self._hits(text) if not _is_sure(text, hit)]

    def _hits(self, text: str) -> Iterator[_Hit]:
        if not len(self._automaton):
            return
        found = list(self._automaton.iter(fold(text)))
        if not found:
            return
        positions = folded_positions(text)
        for last, packed in found:
            rest, surety = divmod(packed, _N_SURETIES)
            length, tag = divmod(rest, len(_TAGS))
            span = self._span(text, positions, last, length, tag)
            if span is not None and (surety == _Surety.CERTAIN or self._has_words(text, span)):
                yield _Hit(span, _Surety(surety))

    def _add_spelling(self, identity: Identity, spelling: str) -> None:
        folded = spelling.replace(" ", "")
        if len(folded) < identity.min_length or not self._beginnings.admit(folded):
            return
        self._add_word(folded, identity.tag, _Surety.CERTAIN)
        if " " in spelling and len(folded) < _SAFE_NAME_LENGTH:
            self._short_names.setdefault(folded, set()).add(spelling)

    def _variants_of(self, full_name: str) -> Iterator[Variant]:
        if self._near_words is None:
            self._near_words = NearWords(self._beginnings.words)
        yield from spell_initials(full_name)
        yield from mistype(full_name, self._near_words.near)

    def _add_variant(self, variant: Variant) -> None:
        if self._beginnings.admit_words(variant.words):
            folded = "".join(variant.words)
            self._variants.setdefault(folded, set()).add(variant.words)
            surety = _Surety.LIKELY if variant.is_likely else _Surety.DOUBTFUL
            self._add_word(folded, IDENTITIES[_NAME_COLUMN].tag, surety)

    def _add_word(self, folded: str, tag: str, surety: _Surety) -> None:
        # Where a spelling has two meanings the surer one stays, and of two as sure the first one.
        known = self._automaton.get(folded, -1)
        if known == -1 or known % _N_SURETIES < surety:
            self._automaton.add_word(folded, (len(folded) * len(_TAGS) + _TAGS.index(tag)) * _N_SURETIES + surety)

    def _has_words(self, text: str, span: Span) -> bool:
        """Whether a variant stands in `span` with the same words: "JSMITH" is not "J Smith"."""
        words = name_words(text[span.start : span.end])
        return words in self._variants.get("".join(words), ())

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


def _is_sure(text: str, hit: _Hit) -> bool:
    if hit.surety is _Surety.LIKELY:
        # The full stop after an initial says that it is one.
        return is_written_as_name(text[hit.span.start : hit.span.end + 1])
    return hit.surety is _Surety.CERTAIN
