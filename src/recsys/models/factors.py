"""A fitted LightFM or regression as plain tables: scoring needs neither library, nor embeddings of features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import Reason, Stored
from recsys.models.examples import TrainingSet
from recsys.models.reasons import contrasts, explain_by_contributions, reasons_of, table_contributions
from recsys.models.recipe import Recipe

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

    def vectors_of(self, person_keys: NDArray[np.bytes_]) -> NDArray[np.float32]:
        """Vectors (m, d) of persons; one not seen in training has the zero vector. There must be at least one key."""
        places = np.minimum(np.searchsorted(self.keys, person_keys), len(self.keys) - 1)
        is_seen = self.keys[places] == person_keys
        return np.where(is_seen[:, None], self.vectors[places], np.float32(0))


@dataclass(frozen=True)
class FactorRecommender:
    """Scores are sums: what each known thing about a customer adds to each product, and the product's own bias.

    All float32: `feature_scores` (n_features, n_products): user feature embeddings times product embeddings;
    `held_scores` (n_products, n_products): what holding the row's product adds to the column's; `product_scores`
    (n_products,); `feature_shares` (n_features,) and `held_shares` (n_products,): shares of customers in training;
    `product_vectors` (n_products, d), which only identities need.
    """

    name: str
    encoder: CustomerEncoder
    feature_scores: NDArray[np.float32]
    held_scores: NDArray[np.float32]
    product_scores: NDArray[np.float32]
    feature_shares: NDArray[np.float32]
    held_shares: NDArray[np.float32]
    product_vectors: NDArray[np.float32]
    identities: Identities
    product_names: tuple[str, ...]
    currency: str

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each feature, one for each product held, and popularity last."""
        return reasons_of(self.encoder, self.product_names, self.currency)

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`. Adds up one row of `feature_scores` per attribute."""
        scores = np.tile(self.product_scores, (len(customers), 1))
        for codes in customers.codes.T:
            scores += self._padded_feature_scores[codes]
        scores += customers.held.astype(np.float32) @ self.held_scores
        if len(self.identities):
            scores += self.identities.vectors_of(customers.person_keys) @ self.product_vectors.T
        return scores

    def explain(self, customers: CustomerBlock, products: NDArray[np.integer], n_reasons: int = 3) -> NDArray[np.int32]:
        """See `Recommender.explain`."""
        return explain_by_contributions(self, customers, products, self._is_popular, n_reasons)

    def contributions(self, customers: CustomerBlock, products: NDArray[np.integer]) -> NDArray[np.float32]:
        """See `Explaining.contributions`."""
        return table_contributions(customers, products, self._contrasts)

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        tables = {name: getattr(self, name) for name in _TABLES}
        vectors = {"identity_keys": self.identities.keys, "identity_vectors": self.identities.vectors}
        return Stored(tables | vectors, {"product_names": list(self.product_names), "currency": self.currency})

    @cached_property
    def _padded_feature_scores(self) -> NDArray[np.float32]:
        # The last row answers for -1, an unknown feature: it adds nothing.
        return np.vstack([self.feature_scores, np.zeros((1, len(self.product_ids)), np.float32)])

    @cached_property
    def _contrasts(self) -> NDArray[np.float32]:
        return contrasts(
            self.feature_scores, self.held_scores, self.feature_shares, self.held_shares, self.encoder.offsets
        )

    @cached_property
    def _is_popular(self) -> NDArray[np.bool_]:
        is_popular: NDArray[np.bool_] = self.product_scores > self.product_scores.mean()
        return is_popular


def table_model(
    name: str,
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
        feature_scores=scores[: encoder.n_features],
        held_scores=scores[encoder.n_features :],
        product_scores=product_scores,
        feature_shares=(counts / max(len(codes), 1)).astype(np.float32),
        held_shares=training.customers.held.mean(axis=0, dtype=np.float32),
        product_vectors=np.empty((n_products, 0), np.float32),
        identities=Identities(np.empty(0, "S36"), np.empty((0, 0), np.float32)),
        product_names=training.product_names,
        currency=training.currency,
    )


def restore_factors(recipe: Recipe, encoder: CustomerEncoder, stored: Stored) -> FactorRecommender:
    """The model that `stored` came from."""
    arrays: dict[str, Any] = dict(stored.arrays)
    return FactorRecommender(
        name=recipe.kind,
        encoder=encoder,
        identities=Identities(arrays["identity_keys"], arrays["identity_vectors"]),
        product_names=tuple(stored.facts["product_names"]),  # type: ignore[arg-type]
        currency=str(stored.facts["currency"]),
        **{name: arrays[name] for name in _TABLES},
    )
