"""Words that are one typing error apart: a letter too many, missing, wrong, or swapped with the next one.

Two such words become equal when at most one letter is taken out of each (symmetric deletion, Garbe's SymSpell), so the
words of the texts are filed under all that they become. Only hashes are kept, eight bytes each, because the index grows
with the words of the texts; whoever shares a hash is compared letter by letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import OSA

# A shorter word is one error away from too many others: "Lee" from "fee", "see" and "let".
MIN_LENGTH = 4


class NearWords:
    """The folded words of the texts, to be asked which of them may be meant for another word."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = [word for word in words if len(word) >= MIN_LENGTH - 1]
        filed = [(hash(rest), place) for place, word in enumerate(self._words) for rest in _rests(word)]
        hashes, places = np.array(filed, np.int64).reshape(-1, 2).T
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._places = hashes[order], places[order].astype(np.int32)
        # Names repeat, but a large bank has more of them than memory is meant for.
        self._near = lru_cache(maxsize=1 << 18)(self._find)

    def near(self, word: str) -> tuple[str, ...]:
        """Words of the texts that are exactly one typing error away from the folded `word`; none for a short one."""
        return self._near(word) if len(word) >= MIN_LENGTH else ()

    def _find(self, word: str) -> tuple[str, ...]:
        rests = np.array([hash(rest) for rest in _rests(word)], np.int64)
        ends = zip(np.searchsorted(self._hashes, rests), np.searchsorted(self._hashes, rests, "right"), strict=True)
        places = {int(place) for first, last in ends for place in self._places[first:last]}
        return tuple(sorted(found for place in places if is_one_error_apart(found := self._words[place], word)))


def is_one_error_apart(left: str, right: str) -> bool:
    """Whether one insertion, deletion, substitution or transposition makes `right` of `left`.

    >>> [is_one_error_apart("smith", word) for word in ("smiht", "smyth", "smit", "smitth", "smith", "smyht")]
    [True, True, True, True, False, False]
    """
    return OSA.distance(left, right, score_cutoff=1) == 1


def _rests(word: str) -> Iterator[str]:
    yield word
    yield from {word[:place] + word[place + 1 :] for place in range(len(word))}
