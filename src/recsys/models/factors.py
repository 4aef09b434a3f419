"""A fitted LightFM or regression as plain tables: scoring needs neither library, nor embeddings of features."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, Stored
from recsys.models.examples import TrainingSet
from recsys.models.narrow import times
from recsys.models.parts import CentredSums, Parts
from recsys.models.recipe import Recipe
from recsys.models.tokens import Reading, neighbours_of
from recsys.types import JSON

_TABLES = ("feature_scores", "held_scores", "product_scores", "feature_shares", "held_shares", "product_vectors")


@dataclass(frozen=True)
class Identities:
    """Vectors of the persons seen in training: `keys` (n,) 'S36' ascending, `vectors` (n, d) float32."""

    keys: NDArray[np.bytes_]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.keys)

    def without(self, person_keys: NDArray[np.bytes_]) -> Identities:
        """The vectors of everybody else."""
        stays = ~np.isin(self.keys, person_keys)
        return Identities(self.keys[stays], self.vectors[stays])

    def has(self, person_keys: NDArray[np.bytes_]) -> NDArray[np.bool_]:
        """Whether each of the persons (m,) was seen in training."""
        if not len(self):
            return np.zeros(len(person_keys), np.bool_)
        is_seen: NDArray[np.bool_] = self.keys[self._places(person_keys)] == person_keys
        return is_seen

    def vectors_of(self, person_keys: NDArray[np.bytes_]) -> NDArray[np.float32]:
        """Vectors (m, d) of persons; one not seen in training has the zero vector. There must be at least one key."""
        return np.where(self.has(person_keys)[:, None], self.vectors[self._places(person_keys)], np.float32(0))

    def _places(self, person_keys: NDArray[np.bytes_]) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self.keys, person_keys), len(self.keys) - 1)


@dataclass(frozen=True)
class FactorRecommender:
    """Scores are sums: what each known thing about a customer adds to each product, and the product's own bias.

    `reading` says what is known of a customer, and with which weights. All float32: `feature_scores` (n_features,
    n_products): user feature embeddings times product embeddings; `held_scores` (n_products, n_products): what holding
    the row's product adds to the column's; `product_scores` (n_products,); `feature_shares` (n_features,) and
    `held_shares` (n_products,): shares of customers in training; `product_vectors` (n_products, d), which only
    identities need.
    """

    name: str
    encoder: CustomerEncoder
    reading: Reading
    feature_scores: NDArray[np.float32]
    held_scores: NDArray[np.float32]
    product_scores: NDArray[np.float32]
    feature_shares: NDArray[np.float32]
    held_shares: NDArray[np.float32]
    product_vectors: NDArray[np.float32]
    identities: Identities

    noise: ClassVar[float] = NOISE

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`. Adds up one row of `feature_scores` per attribute."""
        scores = np.zeros((len(customers), len(self.product_ids)), np.float32)
        if self.reading.has_attributes:
            self._add_attributes(scores, customers)
        if self.reading.has_holdings:
            scores += times(customers.held.astype(np.float32), self.held_scores)
        has_identity = self.identities.has(customers.person_keys)
        if has_identity.any():
            own = times(self.identities.vectors_of(customers.person_keys), self.product_vectors.T)
            scores += np.float32(self.reading.identity_weight) * own
        if self.reading.is_normalised:
            scores *= self.reading.scales(customers, has_identity)[:, None]
        return scores + self.product_scores

    def _add_attributes(self, scores: NDArray[np.float32], customers: CustomerBlock) -> None:
        table = self._padded_feature_scores
        for codes in customers.codes.T:
            scores += table[codes]
        if not self.reading.is_smooth:
            return
        weights, neighbours = np.abs(customers.lean), neighbours_of(customers)
        for column in np.flatnonzero(weights.any(axis=0)):
            beyond = table[neighbours[:, column]] - table[customers.codes[:, column]]
            scores += weights[:, column, None] * beyond

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`. The vector of a person, where there is one, is in the base."""
        sums = self._sums.parts(customers, products, neighbours_of(customers) if self.reading.is_smooth else None)
        has_identity = self.identities.has(customers.person_keys)
        base = sums.base
        if has_identity.any():
            own = times(self.identities.vectors_of(customers.person_keys), self.product_vectors.T)
            base = base + np.float32(self.reading.identity_weight) * np.take_along_axis(own, np.maximum(products, 0), 1)
        scales = self.reading.scales(customers, has_identity)[:, None]
        base = np.where(products < 0, np.float32(0), scales * base + self.product_scores[products])
        return Parts(base, scales[..., None] * sums.contributions if self.reading.is_normalised else sums.contributions)

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        tables = {name: getattr(self, name) for name in _TABLES}
        vectors = {"identity_keys": self.identities.keys, "identity_vectors": self.identities.vectors}
        facts: dict[str, JSON] = {
            "reading": asdict(self.reading),
        }
        return Stored(tables | vectors, facts)

    @cached_property
    def _padded_feature_scores(self) -> NDArray[np.float32]:
        # The last row answers for -1, an unknown feature: it adds nothing.
        return np.vstack([self.feature_scores, np.zeros((1, len(self.product_ids)), np.float32)])

    @cached_property
    def _sums(self) -> CentredSums:
        return CentredSums(
            self.feature_scores, self.held_scores, self.feature_shares, self.held_shares, self.encoder.offsets
        )


def table_model(
    name: str,
    reading: Reading,
    encoder: CustomerEncoder,
    training: TrainingSet,
    scores: NDArray[np.float32],
    product_scores: NDArray[np.float32],
) -> FactorRecommender:
    """The model whose sums are made of `scores` (n_features + n_products, n_products) and `product_scores`."""
    codes, n_products = training.customers.codes, training.n_products
    counts = np.bincount(codes[codes >= 0], minlength=encoder.n_features)
    return FactorRecommender(
        name=name,
        encoder=encoder,
        reading=reading,
        feature_scores=scores[: encoder.n_features],
        held_scores=scores[encoder.n_features :],
        product_scores=product_scores,
        feature_shares=(counts / max(len(codes), 1)).astype(np.float32),
        held_shares=training.customers.held.mean(axis=0, dtype=np.float32),
        product_vectors=np.empty((n_products, 0), np.float32),
        identities=Identities(np.empty(0, "S36"), np.empty((0, 0), np.float32)),
    )


def restore_factors(recipe: Recipe, encoder: CustomerEncoder, stored: Stored) -> FactorRecommender:
    """The model that `stored` came from."""
    arrays: dict[str, Any] = dict(stored.arrays)
    return FactorRecommender(
        name=recipe.kind,
        encoder=encoder,
        reading=Reading(**stored.facts["reading"]),  # type: ignore[arg-type]
        identities=Identities(arrays["identity_keys"], arrays["identity_vectors"]),
        **{name: arrays[name] for name in _TABLES},
    )
