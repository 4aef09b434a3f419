"""Whether one text is another one, typed wrong: what a person would merge at a glance, and nothing else.

A missed misspelling costs one rare value; two values made one cost the difference between them. So every rule here
errs on the side of two values.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import OSA

# In a shorter word one letter makes another word: cook and book, clerk and clear, Zara and Lara, baker and banker.
MIN_LETTERS = 6
MAX_EDITS = 2
# Two slips in one word are believed of a long word only: astronomy and astrology are two edits apart.
_TWO_EDITS_FROM = 12
# A replaced letter is believed of a longer word than one that is missing or added: former and farmer. And swapped
# letters are believed where the whole value has more of them: framer and farmer.
_REPLACED_FROM = 8
_SWAPPED_FROM = 7
# Who does it and to whom it is done: trainer and trainee, employer and employee.
_ROLES = ({"er", "ee"}, {"or", "ee"})
_NEGATIONS = frozenset(
    ("no", "not", "non", "without", "nicht", "kein", "keine", "ohne", "ne", "bez", "pas", "sans", "sin", "senza", "un")
)


def is_misspelled(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words of two values are the same but for at most two slips in long words.

    A slip is a letter that is missing, added, replaced or swapped with its neighbour (optimal string alignment). It is
    never the first letter, which people rarely mistype and which tells married from unmarried.
    """
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    n_letters = min(sum(map(len, one)), sum(map(len, other)))
    if not all(_is_slip(a, b, n_letters) for a, b in differing):
        return False
    return 0 < sum(OSA.distance(a, b) for a, b in differing) <= MAX_EDITS


def is_spaced_differently(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two values have the same letters, as `health care` and `healthcare` have, and neither is a negation."""
    a, b = "".join(one), "".join(other)
    return a == b and len(a) >= MIN_LETTERS and _negations(one) == _negations(other)


def _is_slip(a: str, b: str, n_letters: int) -> bool:
    if min(len(a), len(b)) < MIN_LETTERS or a[0] != b[0] or not (a.isalpha() and b.isalpha()):
        return False
    if a[:-2] == b[:-2] and {a[-2:], b[-2:]} in _ROLES:
        return False
    if len(a) == len(b):
        is_long = n_letters >= _SWAPPED_FROM if sorted(a) == sorted(b) else len(a) >= _REPLACED_FROM
        if not is_long:
            return False
    n_edits = MAX_EDITS if min(len(a), len(b)) >= _TWO_EDITS_FROM else 1
    return OSA.distance(a, b, score_cutoff=n_edits) <= n_edits


def _negations(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if word in _NEGATIONS)
