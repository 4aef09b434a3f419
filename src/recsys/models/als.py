"""Implicit ALS, with customers folded in from what they own: it keeps vectors of products only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch, Stored
from recsys.models.ease import noise_of_shares, owned_matrix
from recsys.models.examples import TrainingSet
from recsys.models.owned_sets import distinct_sets, set_keys
from recsys.models.parts import Parts, base_alone
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space, Whole

# Numbers of the normal equations that are held at a time: 16 MB.
_EQUATIONS_AT_A_TIME = 4_000_000
# As fine as what the rarest product needs for a reason: see `noise_of_shares`.
_DIGITS = 6


@dataclass(frozen=True)
class AlsRecipe(Recipe):
    """Parameters of implicit's `AlternatingLeastSquares`.

    `confidence`: weight of a product that is owned against one that is not, the alpha of the paper. `regularisation` is
    multiplied by the root of the number of customers, as the sizes of the factors grow with it.
    """

    kind: ClassVar[str] = "als"
    space: ClassVar[Space] = {
        "n_factors": Whole(4, 64, is_log=True),
        "n_iterations": Whole(5, 40, is_log=True),
        "confidence": Number(1.0, 64.0, is_log=True),
        "regularisation": Number(0.05, 5.0, is_log=True),
    }

    n_factors: int = 16
    n_iterations: int = 15
    confidence: float = 16.0
    regularisation: float = 0.8


@dataclass(frozen=True)
class AlsRecommender:
    """`factors` (n_products + 1, n_factors) float32: of products, and of a last one that everybody owns.

    `shares` (n_products,): of customers who hold each product. `confidence` and `regularisation` as the fit had them.
    """

    encoder: CustomerEncoder
    factors: NDArray[np.float32]
    shares: NDArray[np.float32]
    confidence: float
    regularisation: float
    name: str = AlsRecipe.kind

    @property
    def noise(self) -> NDArray[np.float32]:
        """See `Recommender.noise`: of shares."""
        return noise_of_shares(self.shares)

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`. Customers with the same products are folded in once.

        Who is not known to own anything gets the shares of all customers: he need not own nothing.
        """
        rows, places = distinct_sets(set_keys(customers.held))
        held = customers.held[rows]
        scores = self.fold_in(held) @ self.factors[:-1].T
        scores[~held.any(axis=1)] = self.shares
        return scores[places]

    def fold_in(self, held: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Factors (n, n_factors) of customers who own `held` (n, n_products), as one more step of ALS would find them.

        x = (Y'Y + Y'(C - 1)Y + regularisation I)^-1 Y'C p (Hu, Koren, Volinsky 2008, equation 4).
        """
        factors = np.empty((len(held), self.factors.shape[1]), np.float32)
        step = max(1, _EQUATIONS_AT_A_TIME // self.factors.shape[1] ** 2)
        for start in range(0, len(held), step):
            block = slice(start, start + step)
            owned = _with_everybodys(held[block])
            right = self.confidence * owned @ self.factors
            factors[block] = np.linalg.solve(self._equations(owned), right[..., None])[..., 0]
        return factors

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: against a customer who owns nothing. Attributes add nothing.

        A score is the sum over what is owned of confidence x y_i' W y_j, with W the inverse of the customer's equations
        (Hu, Koren, Volinsky 2008, section 5).
        """
        owned = _with_everybodys(customers.held)
        recommended = self.factors[:-1][products]
        solved = np.linalg.solve(self._equations(owned), recommended.transpose(0, 2, 1)).transpose(0, 2, 1)
        adds = self.confidence * solved @ self.factors.T * owned[:, None, :]
        # The last digits depend on who else is in the block. Without them what says as much is told in one order.
        told = np.round(adds[..., :-1], _DIGITS)
        owns = customers.held.any(axis=1, keepdims=True)
        base = np.where(owns, adds.sum(axis=-1) - told.sum(axis=-1), self.shares[products])
        parts = base_alone(customers, products, base)
        np.copyto(parts.contributions[..., customers.codes.shape[1] :], told, where=(products >= 0)[..., None])
        return parts

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        return Stored(
            {"factors": self.factors, "shares": self.shares},
            {
                "confidence": self.confidence,
                "regularisation": self.regularisation,
            },
        )

    def _equations(self, owned: NDArray[np.float32]) -> NDArray[np.float32]:
        """Left-hand sides (n, n_factors, n_factors) for customers who own `owned` (n, n_products + 1)."""
        n_factors = self.factors.shape[1]
        own = ((self.confidence - 1) * owned @ self._squares).astype(np.float32, copy=False)
        equations: NDArray[np.float32] = self._base + own.reshape(-1, n_factors, n_factors)
        return equations

    @cached_property
    def _squares(self) -> NDArray[np.float32]:
        return (self.factors[:, :, None] * self.factors[:, None, :]).reshape(len(self.factors), -1)

    @cached_property
    def _base(self) -> NDArray[np.float32]:
        ridge = np.diag(np.full(self.factors.shape[1], self.regularisation, np.float32))
        base: NDArray[np.float32] = self.factors.T @ self.factors + ridge
        return base


def fit_als(
    recipe: AlsRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> AlsRecommender:
    """Alternating least squares on what is owned (Hu, Koren, Volinsky 2008), by implicit.

    One product more, that everybody owns, stands for what all customers have in common. `each_epoch` sees the model
    after every iteration. Raises `ModelError` where nobody owns anything or the fit diverges.
    """
    from implicit.cpu.als import AlternatingLeastSquares
    from implicit.recommender_base import ModelFitError
    from threadpoolctl import threadpool_limits

    owned = owned_matrix(training)
    regularisation = recipe.regularisation * float(np.sqrt(owned.shape[0]))
    shares = training.customers.held.mean(axis=0, dtype=np.float32)
    # The threads of BLAS would slow down the many small systems of equations, and implicit warns of them.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=recipe.n_factors,
            regularization=regularisation,
            alpha=recipe.confidence,
            iterations=recipe.n_iterations,
            num_threads=recipe.n_threads,
            random_state=recipe.seed,
        )

        def fitted() -> AlsRecommender:
            factors = np.array(model.item_factors, np.float32)
            return AlsRecommender(encoder, factors, shares, recipe.confidence, regularisation)

        def after(iteration: int, seconds: float, loss: float | None) -> None:
            if each_epoch is not None:
                each_epoch(iteration + 1, fitted())

        try:
            model.fit(owned, show_progress=False, callback=after)
        except ModelFitError as error:
            raise ModelError(
                f"The ALS model diverged at regularisation {recipe.regularisation}.",
                remedy="Raise the regularisation of the recipe.",
            ) from error
        return fitted()


def restore_als(recipe: AlsRecipe, encoder: CustomerEncoder, stored: Stored) -> AlsRecommender:
    """The model that `stored` came from."""
    facts = stored.facts
    return AlsRecommender(
        encoder,
        np.asarray(stored.arrays["factors"], np.float32),
        np.asarray(stored.arrays["shares"], np.float32),
        float(facts["confidence"]),  # type: ignore[arg-type]
        float(facts["regularisation"]),  # type: ignore[arg-type]
    )


def _with_everybodys(held: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.hstack([held, np.ones((len(held), 1), np.bool_)]).astype(np.float32)
