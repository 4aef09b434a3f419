"""Third persons by their given names: whoever a bank's customers pay bears the same given names as its customers.

A language model reads sentences; "SEPA CREDIT KARL-GEORG WEIMER" is none. So given names are learned from the
customers themselves, and a capitalised word that is one becomes, with the family name beside it, a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from recsys.privacy.folding import NAME, fold
from recsys.privacy.spans import Span
from recsys.privacy.spellings import PARTICLES, TITLES

_MIN_LENGTH = 3
_POSSESSIVE = re.compile("['’][sS]$")

# A word that only one customer has for a first name may be no name at all.
_MIN_CUSTOMERS = 2


class GivenNames:
    """The given names of a bank's customers, and where persons who bear one are named."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, full_names: Iterable[str]) -> None:
        """Learn from `full_names`, each of one customer: "Ann Mary Lee" or "Lee, Ann Mary"."""
        for full_name in full_names:
            given = full_name.partition(",")[2] or full_name
            names = [name for word in given.split() if (name := fold(word)) and name not in TITLES]
            # Whoever has one name only has a family name, or is a firm.
            if len(names) > 1 or "," in full_name:
                self._counts.update(names[:1])

    def find(self, text: str) -> list[Span]:
        """Given names in `text` with the family names after them, or before them and a comma; they may overlap."""
        names = list(NAME.finditer(text))
        return [
            Span(_start(text, names, place), _end(text, names, place), "PERSON")
            for place, name in enumerate(names)
            if self._is_given(name[0])
        ]

    def _is_given(self, word: str) -> bool:
        # "There's" is no Therés, and "Anna's" is Anna.
        name = _POSSESSIVE.sub("", word)
        return len(name) >= _MIN_LENGTH and name[0].isupper() and self._counts[fold(name)] >= _MIN_CUSTOMERS


def _start(text: str, names: list[re.Match[str]], place: int) -> int:
    if place and names[place - 1][0][0].isupper():
        gap = text[names[place - 1].end() : names[place].start()]
        if gap.strip() == ",":
            return names[place - 1].start()
    return names[place].start()


def _end(text: str, names: list[re.Match[str]], place: int) -> int:
    """The end of the family name: the next capitalised word, over particles such as "von"."""
    for before, name in zip(names[place:], names[place + 1 :], strict=False):
        if not text[before.end() : name.start()].isspace():
            break
        if name[0].lower() in PARTICLES:
            continue
        is_in_case = name[0].isupper() if names[place][0].isupper() else name[0][0].isupper()
        return name.end() if is_in_case else names[place].end()
    return names[place].end()
