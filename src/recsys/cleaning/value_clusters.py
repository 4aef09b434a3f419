"""Which values of a free-text category are spellings of one value: proposals for a person, or for a rule.

The three methods of OpenRefine, from strict to lax. A value is proposed to become `canonical`, the spelling that most
rows have; what two customers could quarrel about is left out (see `misspellings`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz.distance import OSA

from recsys.cleaning.fingerprints import fingerprint, ngram_fingerprint, what_must_agree, words
from recsys.cleaning.misspellings import is_misspelled, is_spaced_differently
from recsys.cleaning.neighbours import Spelling, nearest_spellings
from recsys.types import Progress, no_progress

# A canonical value belongs to several customers: whatever is close to it tells nothing about one of them.
MIN_CUSTOMERS = 5
# What stays with the bank otherwise, such as a town, is only shown where it is shared by a crowd.
MIN_CUSTOMERS_INSIDE = 20
# A misspelling is rare beside what it misspells.
MIN_RATIO = 10
# More distinct values than this are texts, not categories; the rarest are left out.
MAX_DISTINCT = 300_000
# Longer than any occupation or merchant: a sentence.
MAX_LENGTH = 80
_TAG = re.compile(r"<[A-Z_]+>")  # what redaction left of a name


class Method(StrEnum):
    """How two spellings were found to be one value, from strict to lax."""

    FINGERPRINT = "fingerprint"
    NGRAM_FINGERPRINT = "ngram_fingerprint"
    NEAREST_NEIGHBOUR = "nearest_neighbour"

    @property
    def laxity(self) -> int:
        """0 for the strictest."""
        return list(Method).index(self)


class Proposal(NamedTuple):
    """`value` is a spelling of `canonical`; `similarity` is 1 less the edits per letter, from 0 to 1."""

    value: str
    canonical: str
    method: Method
    similarity: float
    n_rows: int
    n_canonical_rows: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided before, value -> canonical. It stands, whatever the data says by now."""

    accepted: Mapping[str, str] = field(default_factory=dict)
    rejected: Mapping[str, str] = field(default_factory=dict)

    @property
    def pinned(self) -> frozenset[str]:
        """Values that others became, so they become nothing else."""
        return frozenset(self.accepted.values())

    def allow(self, value: str, canonical: str) -> bool:
        """Whether `value` may still be proposed to become `canonical`: a rejection holds both ways."""
        return not (
            value in self.rejected or value in self.pinned or value in self.accepted
            or self.rejected.get(canonical) == value
        )  # fmt: skip


def propose_clusters(
    spellings: Iterable[Spelling],
    decisions: Decisions | None = None,
    progress: Progress = no_progress,
    *,
    min_customers: int = MIN_CUSTOMERS,
) -> list[Proposal]:
    """Proposals for the distinct values of one column, by value. The order of `spellings` does not matter.

    A canonical value is one that at least `min_customers` share.
    """
    known = decisions or Decisions()
    usable = sorted(
        (spelling for spelling in spellings if is_category(spelling.text) and spelling.text not in known.accepted),
        key=lambda spelling: _goodness(spelling, known),
    )
    links = _Links(known, min_customers)
    heads = _collide(usable, _fingerprint_key, lambda one, other: True, Method.FINGERPRINT, links)
    heads = _collide(heads, _ngram_key, _is_one_value, Method.NGRAM_FINGERPRINT, links)
    shared = [head for head in heads if head.n_customers >= min_customers]
    free = [head for head in heads if links.may_become(head.text)]
    nearest = nearest_spellings(free, shared, MIN_RATIO, progress)
    for head in free:
        # Where the target itself turned out to be a misspelling, nobody knows what this one should be.
        if head.text in nearest and nearest[head.text].text not in nearest:
            links.add(head, nearest[head.text], Method.NEAREST_NEIGHBOUR)
    return sorted(links.proposals())


def is_category(text: str) -> bool:
    """Whether `text` can be a value of a category: short, with letters or digits, and without a tag of redaction."""
    return len(text) <= MAX_LENGTH and _TAG.search(text) is None and bool(words(text))


class _Links:
    """Which spelling becomes which, at first step by step."""

    def __init__(self, decisions: Decisions, min_customers: int) -> None:
        self._decisions = decisions
        self._min_customers = min_customers
        self._next: dict[str, tuple[Spelling, Method]] = {}
        self._spelling: dict[str, Spelling] = {}

    def may_become(self, value: str) -> bool:
        return self._decisions.allow(value, "")

    def add(self, value: Spelling, canonical: Spelling, method: Method) -> bool:
        """Let `value` become `canonical`, unless a decision stands against it. Returns whether it does."""
        if not self._decisions.allow(value.text, canonical.text):
            return False
        self._spelling[value.text] = value
        self._next[value.text] = (canonical, method)
        return True

    def proposals(self) -> Iterable[Proposal]:
        """Each value with the end of its way and the laxest method on it."""
        for text, value in self._spelling.items():
            canonical, method = self._next[text]
            while canonical.text in self._next:
                canonical, further = self._next[canonical.text]
                method = max(method, further, key=lambda one: one.laxity)
            if canonical.n_customers >= self._min_customers and self._decisions.allow(text, canonical.text):
                similarity = _similarity(text, canonical.text)
                yield Proposal(text, canonical.text, method, similarity, value.n_rows, canonical.n_rows)


def _collide(
    spellings: Sequence[Spelling],
    key: Callable[[str], Hashable],
    is_same: Callable[[str, str], bool],
    method: Method,
    links: _Links,
) -> list[Spelling]:
    """Link spellings of one key to the best of them, and return those that are left, best first."""
    groups: dict[Hashable, list[Spelling]] = defaultdict(list)
    for spelling in spellings:
        groups[key(spelling.text)].append(spelling)
    linked = {
        spelling.text
        for head, *others in groups.values()
        for spelling in others
        if is_same(spelling.text, head.text) and links.add(spelling, head, method)
    }
    return [spelling for spelling in spellings if spelling.text not in linked]


def _goodness(spelling: Spelling, decisions: Decisions) -> tuple[object, ...]:
    """Sorts the best spelling first: one that others became already, else the most frequent, else the tidiest."""
    text = spelling.text
    return (
        text not in decisions.pinned, -spelling.n_rows, text != " ".join(text.split()), text.isupper(), text.islower(),
        text,
    )  # fmt: skip


def _fingerprint_key(text: str) -> Hashable:
    # OpenRefine drops repeated words, by which Baden Baden would become Baden.
    return fingerprint(text), len(words(text)), what_must_agree(text)


def _ngram_key(text: str) -> Hashable:
    return ngram_fingerprint(text) or text, what_must_agree(text)


def _is_one_value(one: str, other: str) -> bool:
    # The same pairs of letters also have engineer II and engineer III.
    return is_spaced_differently(words(one), words(other)) or is_misspelled(words(one), words(other))


def _similarity(one: str, other: str) -> float:
    if fingerprint(one) == fingerprint(other):
        return 1.0
    return round(OSA.normalized_similarity(" ".join(words(one)), " ".join(words(other))), 4)
