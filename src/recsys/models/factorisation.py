"""Fitting LightFM: openings become users, so that a customer is seen as he was at each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch
from recsys.models.examples import TrainingRows, TrainingSet, build_rows, with_strangers
from recsys.models.factor_recipes import FactorRecipe
from recsys.models.factors import FactorRecommender, Identities, table_model
from recsys.models.tokens import Reading, customer_matrix, product_matrix


@dataclass(frozen=True)
class Examples:
    """LightFM's view of a training set: `users` (n_rows, n_tokens), and one product taken by each.

    `seen`: the persons with an opening, rows of the training set's customers. `barred` (n_rows, n_products): what is
    never drawn as passed over, the product taken included.
    """

    seen: NDArray[np.int64]
    users: sp.csr_matrix
    items: sp.csr_matrix
    taken: sp.coo_matrix
    weights: sp.coo_matrix
    barred: sp.csr_matrix


def fit_factors(
    recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> FactorRecommender:
    """Fit the LightFM of `recipe` (Kula 2015, arXiv:1507.08439; WARP: Weston, Bengio, Usunier 2011).

    With more than one thread two fits with one seed differ: LightFM's threads do not lock. `each_epoch` is called with
    the number of epochs done and the model so far, for a learning curve. Raises `ModelError` where there is nothing
    to learn from or the fit diverges.
    """
    examples = _examples(recipe, encoder, training)
    model = _unfitted(recipe, examples)
    for epoch in range(1, recipe.n_epochs + 1):
        _fit_epoch(model, examples, recipe)
        if each_epoch is not None:
            each_epoch(epoch, _as_tables(model, recipe, encoder, training, examples))
    return _as_tables(model, recipe, encoder, training, examples)


def _unfitted(recipe: FactorRecipe, examples: Examples) -> Any:
    from lightfm import LightFM

    class Barring(LightFM):  # type: ignore[misc]
        """Draws nothing that is barred, not only nothing that was taken.

        Barred products could be interactions of -1 instead, which LightFM neither trains on nor draws, but it
        would walk over them and sort them anew in every epoch: see decision 29.
        """

        def _get_positives_lookup_matrix(self, interactions: sp.coo_matrix) -> sp.csr_matrix:
            return examples.barred

    # LightFM shrinks at every update: the same number would be nothing to a small bank and all to a large one.
    alpha = recipe.regularisation / len(examples.taken.row)
    return Barring(
        no_components=recipe.n_factors,
        loss=recipe.loss,
        learning_rate=recipe.learning_rate,
        item_alpha=alpha,
        user_alpha=alpha,
        random_state=recipe.seed,
    )


def _fit_epoch(model: Any, examples: Examples, recipe: FactorRecipe) -> None:
    try:
        # LightFM looks for overflow itself and raises; numpy's warning about it would only come first.
        with np.errstate(invalid="ignore", over="ignore"):
            model.fit_partial(
                examples.taken,
                user_features=examples.users,
                item_features=examples.items,
                sample_weight=examples.weights,
                epochs=1,
                num_threads=recipe.n_threads,
            )
    except ValueError as error:
        raise ModelError(
            f"The {recipe.kind} model diverged at learning rate {recipe.learning_rate}: {error}",
            remedy="Lower the learning rate or raise the regularisation of the recipe.",
        ) from error


def reading_of(recipe: FactorRecipe) -> Reading:
    """What the models of a recipe read customers by."""
    identity_weight = recipe.identity_weight if recipe.has_persons else 0.0
    is_smooth = recipe.bins == "smooth"
    return Reading(recipe.has_attributes, recipe.has_holdings, identity_weight, recipe.normalise, is_smooth)


def _examples(recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet) -> Examples:
    rows = build_rows(encoder, training, recipe.half_life_days, recipe.max_examples)
    n_known = len(rows)
    rows = with_strangers(rows, encoder, recipe.stranger_share, recipe.seed)
    seen, persons = np.unique(rows.person, return_inverse=True)
    persons[n_known:] = -1
    return Examples(
        seen,
        customer_matrix(
            rows.customers, encoder.n_features, reading_of(recipe), persons if recipe.has_persons else None, len(seen)
        ),
        product_matrix(training.product_labels, recipe.has_products, recipe.labels),
        _one_per_row(rows.product, np.ones(len(rows), np.float32), training.n_products),
        _one_per_row(rows.product, rows.weights, training.n_products),
        _barred(rows),
    )


def _one_per_row(products: NDArray[np.int64], values: NDArray[np.float32], n_products: int) -> sp.coo_matrix:
    rows = np.arange(len(products), dtype=np.int32)
    return sp.coo_matrix((values, (rows, products.astype(np.int32))), (len(products), n_products))


def _barred(rows: TrainingRows) -> sp.csr_matrix:
    barred = rows.barred.copy()
    barred[np.arange(len(rows)), rows.product] = True
    return sp.csr_matrix(barred, dtype=np.float32)


def _as_tables(
    model: Any, recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet, examples: Examples
) -> FactorRecommender:
    product_biases, products = model.get_item_representations(examples.items)
    _, embeddings = model.get_user_representations()
    # What no row shows is where chance put it, and nothing was learned of it.
    embeddings = np.where(examples.users.getnnz(axis=0)[:, None] > 0, embeddings, 0)
    n_persons = len(examples.seen) if recipe.has_persons else 0
    n_features = encoder.n_features
    attributes_end = n_persons + (n_features if recipe.has_attributes else 0)
    scores = np.zeros((n_features + training.n_products, training.n_products), np.float32)
    if recipe.has_attributes:
        scores[:n_features] = embeddings[n_persons:attributes_end] @ products.T
    if recipe.has_holdings:
        scores[n_features:] = embeddings[attributes_end:] @ products.T
    keys = training.customers.person_keys[examples.seen[:n_persons]]
    order = np.argsort(keys)
    identities = Identities(keys[order], np.asarray(embeddings[:n_persons][order], np.float32))
    biases = np.asarray(product_biases, np.float32)
    model_of_sums = table_model(recipe.kind, reading_of(recipe), encoder, training, scores, biases)
    return replace(model_of_sums, product_vectors=np.asarray(products, np.float32), identities=identities)
