"""Multinomial logistic regression: what is taken next, from what is known and owned, as one sum per product."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch
from recsys.models.examples import TrainingRows, TrainingSet, build_rows, with_strangers
from recsys.models.factors import FactorRecommender, table_model
from recsys.models.recipe import Recipe
from recsys.models.search import Number, OneOf, Space
from recsys.models.tokens import Reading, customer_matrix

# Rows times products of one fit: half a gigabyte while it runs, and half a minute on one core.
_MOST_CELLS = 20_000_000
# With fewer rows for so many products the coefficients of most products would be their intercepts.
_FEWEST_ROWS = 5_000


@dataclass(frozen=True)
class LogisticRecipe(Recipe):
    """Parameters of the regression.

    `inverse_regularisation` is scikit-learn's C. `bins`: see `FactorRecipe`. `stranger_share`: see
    `with_strangers`. `half_life_days` of an opening's weight. `max_examples`: the newest openings are kept, because
    more gained nothing (decision 29).
    """

    kind: ClassVar[str] = "logistic"
    space: ClassVar[Space] = {
        "inverse_regularisation": Number(0.01, 3.0, is_log=True),
        "bins": OneOf(("smooth", "hard")),
    }

    inverse_regularisation: float = 0.2
    max_iterations: int = 100
    bins: Literal["smooth", "hard"] = "smooth"
    stranger_share: float = 0.1
    half_life_days: float = 365.0
    max_examples: int = 150_000


def fit_logistic(
    recipe: LogisticRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> FactorRecommender:
    """Fit P(product | customer) = softmax of sums over features and owned products, with an L2 penalty.

    All products are classes in training; what is held or not permitted is left out where the scores are ranked. A
    product that was never opened scores like half an opening of the rarest one. Raises `ModelError` where less than two
    products were opened, and where there are so many products that too few rows could be learned from.
    """
    most = _rows_within_bounds(recipe, training)
    rows = with_strangers(
        build_rows(encoder, training, recipe.half_life_days, most), encoder, recipe.stranger_share, recipe.seed
    )
    taken = check_products_differ(rows, "logistic regression")
    coefficients, intercepts = _fit(recipe, encoder, rows)
    n_features, n_products = encoder.n_features, training.n_products
    table = np.zeros((n_features + n_products, n_products), np.float32)
    table[:, taken] = coefficients.T
    rarest = np.bincount(rows.product)[taken].min()
    product_scores = np.full(n_products, intercepts.min() + np.log(0.5 / rarest), np.float32)
    product_scores[taken] = intercepts
    return table_model(recipe.kind, _reading(recipe), encoder, training, table, product_scores)


def check_products_differ(rows: TrainingRows, model: str) -> NDArray[np.int64]:
    """The products that were opened, ascending (n,). Raises `ModelError` where there are less than two."""
    taken: NDArray[np.int64] = np.unique(rows.product)
    if len(taken) < 2:
        raise ModelError(
            f"Only one product was opened, so a {model} has nothing to tell apart.",
            remedy="Nothing needs doing: the other candidates compete without it.",
        )
    return taken


def _reading(recipe: LogisticRecipe) -> Reading:
    return Reading(has_attributes=True, has_holdings=True, is_smooth=recipe.bins == "smooth")


def _rows_within_bounds(recipe: LogisticRecipe, training: TrainingSet) -> int:
    cells = int(_MOST_CELLS / (1 + recipe.stranger_share))
    most = min(recipe.max_examples, cells // max(training.n_products, 1))
    if most < min(_FEWEST_ROWS, len(training.openings)):
        raise ModelError(
            f"A logistic regression over {training.n_products} products could learn from {most} openings only.",
            remedy="Nothing needs doing: the other candidates compete without it.",
        )
    return most


def _fit(
    recipe: LogisticRecipe, encoder: CustomerEncoder, rows: TrainingRows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients (n_taken, n_features + n_products) and intercepts (n_taken,), by ascending product."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=recipe.inverse_regularisation, max_iter=recipe.max_iterations)
    known = customer_matrix(rows.customers, encoder.n_features, _reading(recipe), None, 0)
    # Weights around 1: however old the openings are, the penalty means the same.
    weights = rows.weights / rows.weights.mean()
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        # The last iterations change nothing that ranks.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(known, rows.product, sample_weight=weights)
    coefficients, intercepts = np.asarray(model.coef_), np.asarray(model.intercept_)
    if len(model.classes_) > 2:
        return coefficients, intercepts
    # Of two classes scikit-learn gives the difference; as scores, each gets half of it.
    return np.vstack([-coefficients, coefficients]) / 2, np.concatenate([-intercepts, intercepts]) / 2
