"""EASE: what owning one product says of owning another, all products considered together, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.explanation.reason import Reason, reasons_of
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch, Stored
from recsys.models.examples import TrainingSet
from recsys.models.narrow import times
from recsys.models.parts import Parts, base_alone
from recsys.models.reasons import MIN_CONTRIBUTION, explain_by_parts
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
    product_names: tuple[str, ...]
    currency: str
    name: str = EaseRecipe.kind

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """One reason for each feature, of which none is used, one for each product held, and two that fit anybody."""
        return reasons_of(self.encoder, self.product_names, self.currency)

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`: about the share of customers who own each product next to what he owns.

        Who is not known to own anything gets the shares of all customers: he need not own nothing.
        """
        scores = self.starts + times(customers.held.astype(np.float32), self.weights)
        scores[~customers.held.any(axis=1)] = self.shares
        return scores

    def explain(self, customers: CustomerBlock, products: NDArray[np.integer], n_reasons: int = 3) -> NDArray[np.int32]:
        """See `Recommender.explain`: the owned products that add most, or popularity."""
        is_popular = self.shares > self.shares.mean()
        return explain_by_parts(self, customers, products, is_popular, n_reasons, least_said(self.shares))

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
            {"currency": self.currency, "product_names": list(self.product_names)},
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
        training.product_names,
        training.currency,
    )


def restore_ease(recipe: EaseRecipe, encoder: CustomerEncoder, stored: Stored) -> EaseRecommender:
    """The model that `stored` came from."""
    return EaseRecommender(
        encoder,
        np.asarray(stored.arrays["weights"], np.float32),
        np.asarray(stored.arrays["starts"], np.float32),
        np.asarray(stored.arrays["shares"], np.float32),
        tuple(stored.facts["product_names"]),  # type: ignore[arg-type]
        str(stored.facts["currency"]),
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


def least_said(shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a contribution to the share of each product's owners must exceed to be a reason (n_products,).

    In log odds that is the same for rare and for common products: a share changes by its variance times that.
    """
    variance = np.maximum(shares * (1 - shares), _LEAST_VARIANCE)
    least: NDArray[np.float32] = (MIN_CONTRIBUTION * variance).astype(np.float32)
    return least
