"""Fitting LightFM: openings become users, so that a customer is seen as he was at each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.examples import Openings, TrainingSet, held_at_openings, never_negative, recency_weights
from recsys.models.factors import FactorRecommender, Identities
from recsys.models.recipe import Recipe

EachEpoch = Callable[[int, FactorRecommender], None]


@dataclass(frozen=True, slots=True)
class Parts:
    """Which sides a kind of model has: persons and products by identity, customers and products by features."""

    has_persons: bool
    has_features: bool
    has_products: bool


# The hybrid has identities on both sides, but knows a customer by the products he holds, not by a vector of his own:
# with one, it ranked no better (NDCG@5 on the Survey of Consumer Finances .692 without, .693 with) and learned the
# customers by heart when trained for longer. So a new customer needs no training, and erasing one touches no model.
PARTS = {
    "collaborative": Parts(has_persons=True, has_features=False, has_products=True),
    "content": Parts(has_persons=False, has_features=True, has_products=False),
    "hybrid": Parts(has_persons=False, has_features=True, has_products=True),
}


@dataclass(frozen=True)
class Examples:
    """LightFM's view of a training set. `seen` are the distinct rows of customers with an opening."""

    seen: NDArray[np.int64]
    users: sp.csr_matrix
    items: sp.csr_matrix
    interactions: sp.coo_matrix
    weights: sp.coo_matrix


def fit_factors(
    recipe: Recipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> FactorRecommender:
    """Fit the LightFM of `recipe` with the WARP loss (Weston, Bengio, Usunier 2011; Kula 2015, arXiv:1507.08439).

    One thread: LightFM's threads do not lock, and two fits with one seed would differ. `each_epoch` is called with
    the number of epochs done and the model so far, for a learning curve. Raises `ModelError` where there is nothing
    to learn from or the fit diverges.
    """
    from lightfm import LightFM

    examples = _examples(recipe, encoder, training)
    model = LightFM(
        no_components=recipe.n_factors,
        loss="warp",
        learning_rate=recipe.learning_rate,
        item_alpha=recipe.regularisation,
        user_alpha=recipe.regularisation,
        random_state=recipe.seed,
    )
    for epoch in range(1, recipe.n_epochs + 1):
        _fit_epoch(model, examples, recipe)
        if each_epoch is not None:
            each_epoch(epoch, _as_tables(model, recipe, encoder, training, examples))
    return _as_tables(model, recipe, encoder, training, examples)


def _fit_epoch(model: object, examples: Examples, recipe: Recipe) -> None:
    try:
        # LightFM looks for overflow itself and raises; numpy's warning about it would only come first.
        with np.errstate(invalid="ignore", over="ignore"):
            model.fit_partial(  # type: ignore[attr-defined]
                examples.interactions,
                user_features=examples.users,
                item_features=examples.items,
                sample_weight=examples.weights,
                epochs=1,
                num_threads=1,
            )
    except ValueError as error:
        raise ModelError(
            f"The {recipe.kind} model diverged at learning rate {recipe.learning_rate}: {error}",
            remedy="Lower the learning rate or raise the regularisation of the recipe.",
        ) from error


def _examples(recipe: Recipe, encoder: CustomerEncoder, training: TrainingSet) -> Examples:
    openings = _newest(training.openings, recipe.max_examples)
    if len(openings) == 0:
        raise ModelError(
            f"No product was opened up to {training.known_at}, so there is nothing to learn from.",
            remedy="Check that the feed has holdings with dates before that day.",
        )
    parts = PARTS[recipe.kind]
    seen, persons = np.unique(openings.customer, return_inverse=True)
    held = held_at_openings(openings, training.n_products)
    customers = encoder.with_held(training.customers.take(openings.customer), held)
    users = [] if not parts.has_persons else [_one_hot(persons, len(seen))]
    users += [feature_matrix(customers, encoder.n_features)] if parts.has_features else []
    interactions, weights = _interactions(recipe, openings, training)
    items = product_matrix(training.product_labels, parts.has_products, parts.has_features)
    return Examples(seen, sp.hstack(users, format="csr", dtype=np.float32), items, interactions, weights)


def _newest(openings: Openings, most: int) -> Openings:
    return openings.take(np.sort(np.argsort(openings.opened, kind="stable")[-most:]))


def _interactions(recipe: Recipe, openings: Openings, training: TrainingSet) -> tuple[sp.coo_matrix, sp.coo_matrix]:
    """Openings as +1 with weights. What must not count as passed over is -1: LightFM neither trains on nor draws it."""
    barred = never_negative(openings, training)
    barred[np.arange(len(openings)), openings.product] = False
    barred_rows, barred_products = np.nonzero(barred)
    rows = np.concatenate([np.arange(len(openings)), barred_rows]).astype(np.int32)
    columns = np.concatenate([openings.product, barred_products]).astype(np.int32)
    signs = np.concatenate([np.ones(len(openings)), -np.ones(len(barred_rows))]).astype(np.float32)
    recency = recency_weights(openings.opened, training.known_at, recipe.half_life_days)
    weights = np.concatenate([recency, np.zeros(len(barred_rows), np.float32)])
    shape = (len(openings), training.n_products)
    return sp.coo_matrix((signs, (rows, columns)), shape), sp.coo_matrix((weights, (rows, columns)), shape)


def feature_matrix(customers: CustomerBlock, n_features: int) -> sp.csr_matrix:
    """Features and held products as a matrix of ones, (n_customers, n_features + n_products) float32."""
    rows, attributes = np.nonzero(customers.codes >= 0)
    codes = customers.codes[rows, attributes]
    known = sp.csr_matrix((np.ones(len(rows), np.float32), (rows, codes)), (len(customers), n_features))
    return sp.hstack([known, sp.csr_matrix(customers.held.astype(np.float32))], format="csr")


def product_matrix(labels: tuple[tuple[str, ...], ...], has_identity: bool, has_features: bool) -> sp.csr_matrix:
    """Identity and labels of each product as a matrix of ones, (n_products, n_item_features) float32."""
    names = sorted({label for of_product in labels for label in of_product})
    of_labels = np.array([[name in of_product for name in names] for of_product in labels], dtype=np.float32)
    parts = [sp.identity(len(labels), np.float32, "csr")] if has_identity else []
    parts += [sp.csr_matrix(of_labels)] if has_features else []
    return sp.hstack(parts, format="csr", dtype=np.float32)


def _one_hot(columns: NDArray[np.int64], n_columns: int) -> sp.csr_matrix:
    ones = np.ones(len(columns), np.float32)
    return sp.csr_matrix((ones, (np.arange(len(columns)), columns)), (len(columns), n_columns))


def _as_tables(
    model: object, recipe: Recipe, encoder: CustomerEncoder, training: TrainingSet, examples: Examples
) -> FactorRecommender:
    parts = PARTS[recipe.kind]
    product_biases, products = model.get_item_representations(examples.items)  # type: ignore[attr-defined]
    _, embeddings = model.get_user_representations()  # type: ignore[attr-defined]
    n_persons = len(examples.seen) if parts.has_persons else 0
    n_features, n_products = encoder.n_features, training.n_products
    scores = np.zeros((n_features + n_products, n_products), np.float32)
    if parts.has_features:
        scores[:] = embeddings[n_persons:] @ products.T
    keys = training.customers.person_keys[examples.seen[:n_persons]]
    order = np.argsort(keys)
    codes = training.customers.codes
    counts = np.bincount(codes[codes >= 0], minlength=n_features)
    return FactorRecommender(
        name=recipe.kind,
        encoder=encoder,
        feature_scores=scores[:n_features],
        held_scores=scores[n_features:],
        product_scores=np.asarray(product_biases, np.float32),
        feature_shares=(counts / max(len(training.customers), 1)).astype(np.float32),
        held_shares=training.customers.held.mean(axis=0, dtype=np.float32),
        product_vectors=np.asarray(products, np.float32),
        identities=Identities(keys[order], np.asarray(embeddings[:n_persons][order], np.float32)),
        product_names=training.product_names,
        currency=training.currency,
    )
