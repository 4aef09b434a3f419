"""How far a load is from the last one of the same feed, column by column, and whether that is more than chance.

Numbers, dates and lengths are compared by the population stability index over the deciles of the last load (Siddiqi
2006, Credit Risk Scorecards), categories by total variation (Levin & Peres 2017, prop. 4.2). Both grow by chance alone
where loads are small, so a distance has to pass the larger of a limit and of what chance reaches once in a thousand
times: PSI / (1/n + 1/m) is chi-squared with k - 1 degrees of freedom (Yurdakul & Naranjo 2020, J. Risk Model Validation
14(4)), and by the inequality of Cauchy and Schwarz total variation is at most half the root of the same quantity.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.special import chdtri

from recsys.monitoring.column_profiles import ColumnProfile, Shape
from recsys.monitoring.publication_shift import total_variation

N_BINS = 10
PSI_LIMITS = (0.10, 0.25)
TOTAL_VARIATION_LIMITS = (0.10, 0.20)
MISSING_LIMITS = (0.02, 0.10)
ROWS_LIMITS = (0.10, 0.50)
_CHANCE = 0.001
# Two-sided, once in a thousand times.
_DEVIATIONS = 3.29
UNNAMED = "(of too few customers to name)"


class Word(StrEnum):
    """How far something moved."""

    STABLE = "stable"
    MOVED = "moved"
    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One column against the last load. `distance` is None where there is nothing to compare."""

    column: str
    measure: str
    distance: float | None
    missing_change: float
    word: Word


def column_drift(last: ColumnProfile, new: ColumnProfile) -> ColumnDrift:
    """Compare `new` with `last`."""
    missing_change = new.missing_share - last.missing_share
    words = [word(abs(missing_change), MISSING_LIMITS, _missing_chance(last, new))]
    measure, distance = "total variation" if new.shape is Shape.CATEGORIES else "PSI", None
    if last.shape is not new.shape:
        # A category that has too many values now, or the other way round.
        words.append(Word.MOVED)
    elif new.shape is not Shape.NONE and (counts := paired_counts(last, new)):
        distance, limits, chance = _distance(counts, is_category=new.shape is Shape.CATEGORIES)
        words.append(word(distance, limits, chance))
    return ColumnDrift(new.column, measure, distance, missing_change, worst(words))


def rows_word(n_last: int, n_new: int) -> Word:
    """How far the number of rows moved."""
    change = abs(n_new - n_last) / n_last if n_last else float(n_new > 0)
    return word(change, ROWS_LIMITS, 0.0)


def paired_counts(last: ColumnProfile, new: ColumnProfile) -> tuple[list[int], list[int]] | None:
    """Counts of both loads in the same k bins; None where either has no value."""
    pairs = categories_beside(last, new) if new.shape is Shape.CATEGORIES else deciles_beside(last.counts, new.counts)
    if not sum(n for _, n, _ in pairs) or not sum(n for _, _, n in pairs):
        return None
    return [n for _, n, _ in pairs], [n for _, _, n in pairs]


def categories_beside(last: ColumnProfile, new: ColumnProfile) -> list[tuple[str, int, int]]:
    """Each value that either load names, with its counts in both; most frequent of the last load first."""
    names = last.counts.keys() | new.counts.keys()
    pairs = [(name, last.counts.get(name, 0), new.counts.get(name, 0)) for name in names]
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    if last.n_unnamed or new.n_unnamed:
        pairs.append((UNNAMED, last.n_unnamed, new.n_unnamed))
    return pairs


def deciles_beside(last: Mapping[Any, int], new: Mapping[Any, int]) -> list[tuple[int, int, int]]:
    """The last bin of each tenth of the last load, with the counts of both loads in it."""
    if not last:
        return []
    places = np.array(sorted(last))
    below = np.cumsum([last[place] for place in places.tolist()])
    tenth = np.minimum((below - 1) * N_BINS // below[-1], N_BINS - 1)
    edges = places[np.flatnonzero(np.append(np.diff(tenth) > 0, True))]
    counted = [_grouped(edges, counts) for counts in (last, new)]
    return list(zip(edges.tolist(), *counted, strict=True))


def population_stability_index(last: Sequence[int], new: Sequence[int]) -> float:
    """The sum over bins of (q - p) ln(q / p); half a row more in every bin keeps empty ones finite."""
    p, q = (_smoothed(counts) for counts in (last, new))
    return float(np.sum((q - p) * np.log(q / p)))


def word(distance: float, limits: tuple[float, float], chance: float) -> Word:
    """Stable up to the first limit, or as far as chance reaches; shifted beyond the second."""
    if distance <= max(limits[0], chance):
        return Word.STABLE
    return Word.SHIFTED if distance > limits[1] else Word.MOVED


def worst(words: Sequence[Word]) -> Word:
    """The furthest of several words."""
    return max(words, key=list(Word).index, default=Word.STABLE)


def _distance(counts: tuple[list[int], list[int]], *, is_category: bool) -> tuple[float, tuple[float, float], float]:
    last, new = counts
    by_size = 1 / sum(last) + 1 / sum(new)
    by_chance = float(chdtri(max(len(last) - 1, 1), _CHANCE)) * by_size
    if is_category:
        names: list[Hashable] = list(range(len(last)))
        distance = total_variation(_named(names, last), _named(names, new))
        return distance, TOTAL_VARIATION_LIMITS, 0.5 * float(np.sqrt(by_chance))
    return population_stability_index(last, new), PSI_LIMITS, by_chance


def _named(names: Sequence[Any], counts: Sequence[int]) -> dict[str, int]:
    return {str(name): n for name, n in zip(names, counts, strict=True)}


def _grouped(edges: Any, counts: Mapping[Any, int]) -> list[int]:
    groups = np.minimum(np.searchsorted(edges, list(counts)), len(edges) - 1)
    return [int(n) for n in np.bincount(groups, weights=list(counts.values()), minlength=len(edges))]


def _smoothed(counts: Sequence[int]) -> Any:
    raised = np.asarray(counts, dtype=float) + 0.5
    return raised / raised.sum()


def _missing_chance(last: ColumnProfile, new: ColumnProfile) -> float:
    if not last.n_rows or not new.n_rows:
        return 1.0
    pooled = (last.n_missing + new.n_missing) / (last.n_rows + new.n_rows)
    return float(_DEVIATIONS * np.sqrt(pooled * (1 - pooled) * (1 / last.n_rows + 1 / new.n_rows)))
