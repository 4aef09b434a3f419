"""Nearest neighbours among spellings, in blocks, so that 100,000 distinct values take seconds.

OpenRefine compares the values that share a run of six characters. The blocks here lose nothing that would be proposed:
a misspelling keeps its first letter, its numbers and its telling symbols, and its length but for two letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from recsys.cleaning.fingerprints import what_must_agree, words
from recsys.cleaning.misspellings import MAX_EDITS, is_misspelled
from recsys.types import Progress

# Distances worked out at a time, a byte each.
_MAX_CELLS = 1 << 24


class Spelling(NamedTuple):
    """A value as it stands in the data, the rows that hold it and the customers of those rows."""

    text: str
    n_rows: int
    n_customers: int


class _Candidate(NamedTuple):
    spelling: Spelling
    words: tuple[str, ...]
    folded: str


def nearest_spellings(
    rare: Sequence[Spelling], shared: Sequence[Spelling], min_ratio: int, progress: Progress
) -> dict[str, Spelling]:
    """For values of `rare` the one value of `shared` that each misspells, where there is exactly one nearest.

    A value is only a misspelling of one that has at least `min_ratio` times its rows: two popular values are two.
    """
    targets = _blocks(shared)
    found: dict[str, Spelling] = {}
    done = 0
    for block, queries in _blocks(rare).items():
        for some, near in _within_reach(queries, targets.get(block, [])):
            found.update(_nearest(some, near, min_ratio))
        done += len(queries)
        progress(done, len(rare), "values compared")
    return found


def _blocks(spellings: Sequence[Spelling]) -> dict[tuple[object, ...], list[_Candidate]]:
    blocks: dict[tuple[object, ...], list[_Candidate]] = defaultdict(list)
    for spelling in spellings:
        its_words = words(spelling.text)
        if its_words:
            candidate = _Candidate(spelling, its_words, " ".join(its_words))
            blocks[(candidate.folded[0], what_must_agree(spelling.text))].append(candidate)
    return blocks


def _within_reach(
    queries: list[_Candidate], targets: list[_Candidate]
) -> Iterator[tuple[list[_Candidate], list[_Candidate]]]:
    """Queries of one length with the targets that are at most two letters shorter or longer."""
    lengths = np.array([len(target.folded) for target in targets])
    for length in sorted({len(query.folded) for query in queries}):
        near = [targets[place] for place in np.flatnonzero(np.abs(lengths - length) <= MAX_EDITS)]
        same = [query for query in queries if len(query.folded) == length]
        step = max(1, _MAX_CELLS // max(1, len(near)))
        for first in range(0, len(same) if near else 0, step):
            yield same[first : first + step], near


def _nearest(queries: list[_Candidate], targets: list[_Candidate], min_ratio: int) -> Iterator[tuple[str, Spelling]]:
    distances = process.cdist(
        [query.folded for query in queries],
        [target.folded for target in targets],
        scorer=OSA.distance,
        score_cutoff=MAX_EDITS,
        dtype=np.uint8,
    )
    n_rows = np.array([query.spelling.n_rows for query in queries], np.int64)
    n_target_rows = np.array([target.spelling.n_rows for target in targets], np.int64)
    is_near = (distances > 0) & (distances <= MAX_EDITS) & (n_target_rows >= n_rows[:, None] * min_ratio)
    for place in np.flatnonzero(is_near.any(axis=1)):
        query = queries[place]
        near = [at for at in np.flatnonzero(is_near[place]) if is_misspelled(query.words, targets[at].words)]
        if near:
            nearest = min(distances[place, at] for at in near)
            best = [targets[at].spelling for at in near if distances[place, at] == nearest]
            if len(best) == 1:
                yield query.spelling.text, best[0]
