"""A customer's name as people shorten and mistype it: "J. Smith", "Smith J", "J M Smith", "Jhon Smith".

Unlike the spellings of `spellings` these may be somebody else's, or no name at all ("A Cook"). How surely one is a name
is said with it: `LIKELY` where it is written as names are, `DOUBTFUL` where only the customer whose row it stands in
can settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from recsys.privacy.folding import NAME, fold
from recsys.privacy.spellings import PARTICLES, TITLES, UMLAUTS, spell_name
from recsys.privacy.typos import is_one_error_apart

# Below these a name with one error is too often made of everyday words: "many banks" is not Mary Banks.
_MIN_MISTYPED_WORD, _MIN_MISTYPED_NAME = 5, 9
_MIN_FAMILY_NAME, _MIN_GIVEN_NAME = 3, 3

# Letters that are words: English a and I, French a and y.
_LETTER_WORDS = frozenset("AIY")


class Variant(NamedTuple):
    """Folded words of a name, as somebody may write them, and whether they are likely to name that person."""

    words: tuple[str, ...]
    is_likely: bool


def spell_initials(full_name: str) -> Iterator[Variant]:
    """A name with initials in the place of given names, before and after the family name; and "John S"."""
    for name in {full_name, full_name.translate(UMLAUTS)}:
        given, family = _given_and_family(name)
        letters = [fold(part)[:1] for word in given for part in word.split("-")]
        letters = [letter for letter in letters if letter]
        if not letters or len("".join(family)) < _MIN_FAMILY_NAME:
            continue
        for last in {tuple(family), tuple(family[-1:])}:
            for first in {tuple(letters[:1]), tuple(letters), ("".join(letters),)}:
                yield Variant((*first, *last), True)
                yield Variant((*last, *first), True)
        if len(fold(given[0])) >= _MIN_GIVEN_NAME:
            yield Variant((fold(given[0]), family[0][0]), False)


def mistype(full_name: str, near: Callable[[str], tuple[str, ...]]) -> Iterator[Variant]:
    """A name in every order with one of its words replaced by a word that is `near` it."""
    for spelling in set(spell_name(full_name)):
        words = tuple(spelling.split(" "))
        if len(words) < 2 or words[0] in TITLES:
            continue
        is_long = sum(map(len, words)) >= _MIN_MISTYPED_NAME
        for place, word in enumerate(words):
            for other in near(word):
                yield Variant((*words[:place], other, *words[place + 1 :]), is_long and len(word) >= _MIN_MISTYPED_WORD)


def is_written_as_name(text: str) -> bool:
    """Whether every word of `text` has a capital, and its only initial, if it has one, is sure to be no word."""
    names = [name for name in NAME.finditer(text) if name[0] not in PARTICLES]
    initials = [name for name in names if len(name[0]) == 1]
    is_word = len(initials) == 1 and initials[0][0] in _LETTER_WORDS and text[initials[0].end() :][:1] != "."
    return not is_word and all(name[0][0].isupper() for name in names)


def name_words(text: str) -> tuple[str, ...]:
    """The folded words of `text` that may be names."""
    return tuple(fold(name) for name in NAME.findall(text))


def may_name(words: tuple[str, ...], full_name: str) -> bool:
    """Whether the folded `words` are a variant of `full_name`."""
    if any(words == variant.words for variant in spell_initials(full_name)):
        return True
    folded = "".join(words)
    return any(is_one_error_apart(folded, spelling.replace(" ", "")) for spelling in spell_name(full_name))


def _given_and_family(name: str) -> tuple[list[str], list[str]]:
    """Words of given names as written, and folded ones of the family name with its particles: "van", "beethoven"."""
    before, _, after = name.partition(",")
    given = [word for word in (after or before).split() if fold(word) and fold(word) not in TITLES]
    if after:
        return given, [fold(word) for word in before.split() if fold(word)] if given else []
    folded = [fold(word) for word in given]
    first = next((place for place in range(1, len(given)) if folded[place] in PARTICLES), len(given) - 1)
    return given[:first], folded[max(first, 0) :]
