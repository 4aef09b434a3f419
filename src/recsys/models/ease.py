"""EASE: what owning one product says of owning another, all products considered together, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Stored
from recsys.models.examples import TrainingSet
from recsys.models.narrow import times
from recsys.models.parts import Parts, base_alone
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space

# Draws the share of customers that the sum starts from towards nothing, by one customer.
_PENALTY_OF_START = 1.0
# Of a product that one customer in ten thousand owns.
_LEAST_VARIANCE = 1e-4


@dataclass(frozen=True)
class EaseRecipe(Recipe):
    """`penalty`: of the squared weights, the lambda of the paper, in customers."""

    kind: ClassVar[str] = "ease"
    space: ClassVar[Space] = {"penalty": Number(1.0, 3000.0, is_log=True)}

    penalty: float = 30.0


@dataclass(frozen=True)
class EaseRecommender:
    """`weights` (n_products, n_products) float32: what owning the row's product adds to the column's.

    `starts` (n_products,): where the sum starts; `shares` (n_products,): of customers who hold each product.
    """

    encoder: CustomerEncoder
    weights: NDArray[np.float32]
    starts: NDArray[np.float32]
    shares: NDArray[np.float32]
    name: str = EaseRecipe.kind

    @property
    def noise(self) -> NDArray[np.float32]:
        """See `Recommender.noise`: of shares."""
        return noise_of_shares(self.shares)

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`: about the share of customers who own each product next to what he owns.

        Who is not known to own anything gets the shares of all customers: he need not own nothing.
        """
        scores = self.starts + times(customers.held.astype(np.float32), self.weights)
        scores[~customers.held.any(axis=1)] = self.shares
        return scores

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: against a customer who owns nothing. Attributes add nothing."""
        owns = customers.held.any(axis=1, keepdims=True)
        parts = base_alone(customers, products, np.where(owns, self.starts[products], self.shares[products]))
        said = parts.contributions[..., customers.codes.shape[1] :]
        np.copyto(said, self.weights.T[products], where=customers.held[:, None, :] & (products >= 0)[..., None])
        return parts

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        return Stored(
            {"weights": self.weights, "starts": self.starts, "shares": self.shares},
        )


def fit_ease(
    recipe: EaseRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> EaseRecommender:
    """Ridge regression of every product on all the others, at once (Steck 2019, arXiv:1905.03375).

    With G the products' co-occurrences, P = (G + penalty I)^-1 and weights -P[i, j] / P[j, j] off the diagonal. No
    product is explained by itself, which is the training task of the other candidates: each holding is seen next to
    the rest. One column more, that everybody owns, is where sums start from: the paper leaves it to catalogues of
    thousands, where a base share is near zero. Raises `ModelError` where nobody owns anything.
    """
    owned = owned_matrix(training)
    together = np.asarray((owned.T @ owned).todense(), np.float64)
    penalties = np.full(len(together), recipe.penalty)
    penalties[-1] = _PENALTY_OF_START
    inverse = np.linalg.inv(together + np.diag(penalties))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return EaseRecommender(
        encoder,
        weights[:-1, :-1].astype(np.float32),
        weights[-1, :-1].astype(np.float32),
        training.customers.held.mean(axis=0, dtype=np.float32),
    )


def restore_ease(recipe: EaseRecipe, encoder: CustomerEncoder, stored: Stored) -> EaseRecommender:
    """The model that `stored` came from."""
    return EaseRecommender(
        encoder,
        np.asarray(stored.arrays["weights"], np.float32),
        np.asarray(stored.arrays["starts"], np.float32),
        np.asarray(stored.arrays["shares"], np.float32),
    )


def owned_matrix(training: TrainingSet) -> sp.csr_matrix:
    """Who owns what at the end of training, and a last column that everybody owns, (n_customers, n_products + 1).

    float32; what was opened and closed again by then is not owned. Raises `ModelError` where nobody owns anything.
    """
    held = training.customers.held
    if not held.any():
        raise ModelError(
            f"Nobody owns anything at {training.known_at}, so that no product can speak for another.",
            remedy="Check that the feed has holdings with dates before that day.",
        )
    everybody = np.ones((len(held), 1), np.bool_)
    return sp.csr_matrix(np.hstack([held, everybody]), dtype=np.float32)


def noise_of_shares(shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a contribution to the share of each product's owners must exceed to be a reason (n_products,).

    In log odds that is the same for rare and for common products: a share changes by its variance times that.
    """
    variance = np.maximum(shares * (1 - shares), _LEAST_VARIANCE)
    least: NDArray[np.float32] = (NOISE * variance).astype(np.float32)
    return least
