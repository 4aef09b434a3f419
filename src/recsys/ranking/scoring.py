"""From a model to recommendations: score, refuse, rank, explain, one block of customers at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recsys.explanation.reason import Reason
from recsys.explanation.strongest import NO_REASON, Explained, explain
from recsys.explanation.telling import Telling
from recsys.features.block import CustomerBlock
from recsys.ranking.adjustments.adjustments import NO_ADJUSTMENTS, Adjustments
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray, RuleFacts
from recsys.ranking.eligibility import UNSCORED_BIT, RuleMask, eliminate
from recsys.ranking.top_n import Ranking


class Scorer(Explained, Protocol):
    """What ranking needs of a model; see `recsys.models.base.Recommender`, which is one."""

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Columns of `score`."""

    def score(self, customers: CustomerBlock) -> npt.NDArray[np.float32]:
        """Scores (n_customers, n_products)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A block's scores, float32 (n, n_products) in catalogue order. `missing` are rows and columns that have none: what
    the model of these rows never saw.
    """

    scores: npt.NDArray[np.float32]
    missing: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the rules left of a block's scores, and why the rest was refused."""

    mask: RuleMask
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Recommended:
    """A block's outcome: its ranking, why the rest was refused, and reasons int32 (n, k, n_reasons), -1 for none."""

    ranking: Ranking
    mask: RuleMask
    reasons: npt.NDArray[np.int32]

    def in_languages(self, languages: npt.NDArray[np.int32], n_reasons: int) -> Recommended:
        """The same with the numbers of reasons in each person's language (n,), of which each has `n_reasons`."""
        numbers = self.reasons + np.int32(n_reasons) * languages[:, None, None]
        return replace(self, reasons=np.where(self.reasons >= 0, numbers, self.reasons))


@dataclass(frozen=True)
class Adviser:
    """Recommends with `champion`, and with `popularity` to persons who did not allow profiling.

    `telling` says what may be told of the products of the champion. A product that a model never saw has no score: it
    is not offered, and the mask says so.
    """

    champion: Scorer
    popularity: Scorer
    telling: Telling
    catalogue: Catalogue
    as_of: date
    top_n: int
    n_reasons: int = 3
    adjustments: Adjustments = NO_ADJUSTMENTS

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All that `Recommended.reasons` points into."""
        return self.telling.reasons

    def recommend(self, customers: CustomerBlock, facts: RuleFacts, may_profile: BoolArray) -> Recommended:
        """Rank the permitted products of n customers; `may_profile` is bool (n,)."""
        ranked = self.rank(self.score(customers, may_profile), customers, facts)
        ranking = ranked.ranking
        reasons = np.full((*ranking.products.shape, self.n_reasons), NO_REASON, dtype=np.int32)
        rows = np.flatnonzero(may_profile)
        # The entry after the last is what an empty place, -1, picks.
        columns = np.append(self._columns(self.champion), -1)[ranking.products]
        reasons[rows] = explain(self.champion, self.telling, _block(customers, rows), columns[rows], self.n_reasons)
        others = np.flatnonzero(~may_profile)
        reasons[others, :, 0] = np.where(columns[others] < 0, NO_REASON, self.telling.unprofiled[columns[others]])
        return Recommended(ranking, ranked.mask, reasons)

    def score(self, customers: CustomerBlock, may_profile: BoolArray) -> Scored:
        """Scores of n customers, whatever the rules say."""
        scores = np.zeros((len(customers), len(self.catalogue)), dtype=np.float32)
        missing = []
        for scorer, rows in self._groups(may_profile):
            columns = self._columns(scorer)
            scores[rows] = _aligned(scorer.score(_block(customers, rows)), columns)
            missing.append((rows, np.flatnonzero(columns < 0)))
        return Scored(scores, missing)

    def rank(self, scored: Scored, customers: CustomerBlock, facts: RuleFacts) -> Ranked:
        """What the rules leave of scored products, in its order."""
        mask = eliminate(facts, self.catalogue, self.as_of)
        for rows, columns in scored.missing:
            mask[np.ix_(rows, columns)] |= UNSCORED_BIT
        ranking = self.adjustments.rank(
            scored.scores, mask == 0, customers.person_keys, self.catalogue, self.as_of, self.top_n
        )
        return Ranked(mask, ranking)

    def _groups(self, may_profile: BoolArray) -> list[tuple[Scorer, npt.NDArray[np.int64]]]:
        """Each model with the rows that it serves."""
        groups = [(self.champion, np.flatnonzero(may_profile)), (self.popularity, np.flatnonzero(~may_profile))]
        return [group for group in groups if len(group[1])]

    def _columns(self, scorer: Scorer) -> npt.NDArray[np.int64]:
        """Per catalogue product its column in the scorer's scores, -1 where it has none."""
        column_of = {product_id: column for column, product_id in enumerate(scorer.product_ids)}
        return np.array([column_of.get(product_id, -1) for product_id in self.catalogue.product_ids], dtype=np.int64)


def _block(customers: CustomerBlock, rows: npt.NDArray[np.int64]) -> CustomerBlock:
    """The customers at `rows`; all of them without a copy."""
    return customers if len(rows) == len(customers) else customers.take(rows)


def _aligned(scores: npt.NDArray[np.float32], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Scores in catalogue order, 0 where there is none."""
    if np.array_equal(columns, np.arange(scores.shape[1])):
        return scores
    return np.where(columns >= 0, scores[:, np.maximum(columns, 0)], np.float32(0))
