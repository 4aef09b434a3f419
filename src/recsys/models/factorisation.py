"""Fitting LightFM: openings become users, so that a customer is seen as he was at each of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import EachEpoch
from recsys.models.examples import TrainingRows, TrainingSet, build_rows
from recsys.models.factors import FactorRecommender, Identities, table_model
from recsys.models.recipe import Recipe


@dataclass(frozen=True)
class FactorRecipe(Recipe):
    """Parameters of a LightFM, and which sides it has: persons and products by identity, both by features.

    `half_life_days` of an opening's weight. `max_examples` bounds time and memory: the newest openings are kept.
    """

    has_persons: ClassVar[bool]
    has_features: ClassVar[bool]
    has_products: ClassVar[bool]

    n_factors: int = 24
    n_epochs: int = 12
    learning_rate: float = 0.03
    regularisation: float = 1e-5
    half_life_days: float = 365.0
    max_examples: int = 150_000


@dataclass(frozen=True)
class CollaborativeRecipe(FactorRecipe):
    """Persons and products by identity alone.

    A person's own vector is learned from a few openings only: more or faster epochs learn them by heart, and the
    products not opened as dislikes.
    """

    kind: ClassVar[str] = "collaborative"
    has_persons, has_features, has_products = True, False, True

    n_epochs: int = 5
    learning_rate: float = 0.02
    regularisation: float = 1e-4


@dataclass(frozen=True)
class ContentRecipe(FactorRecipe):
    """Customers and products by features alone."""

    kind: ClassVar[str] = "content"
    has_persons, has_features, has_products = False, True, False


@dataclass(frozen=True)
class HybridRecipe(FactorRecipe):
    """Identity and features on both sides."""

    kind: ClassVar[str] = "hybrid"
    has_persons, has_features, has_products = True, True, True


@dataclass(frozen=True)
class InductiveRecipe(FactorRecipe):
    """Customers by features and by the products owned before the event; products by identity and features.

    A new customer needs no training, and erasing one touches no model: see decision 6.
    """

    kind: ClassVar[str] = "inductive"
    has_persons, has_features, has_products = False, True, True


@dataclass(frozen=True)
class Examples:
    """LightFM's view of a training set. `seen` are the distinct rows of customers with an opening."""

    seen: NDArray[np.int64]
    users: sp.csr_matrix
    items: sp.csr_matrix
    interactions: sp.coo_matrix
    weights: sp.coo_matrix


def fit_factors(
    recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
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


def _fit_epoch(model: object, examples: Examples, recipe: FactorRecipe) -> None:
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


def _examples(recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet) -> Examples:
    rows = build_rows(encoder, training, recipe.half_life_days, recipe.max_examples)
    seen, persons = np.unique(rows.person, return_inverse=True)
    users = [] if not recipe.has_persons else [_one_hot(persons, len(seen))]
    users += [feature_matrix(rows.customers, encoder.n_features)] if recipe.has_features else []
    interactions, weights = _interactions(rows)
    items = product_matrix(training.product_labels, recipe.has_products, recipe.has_features)
    return Examples(seen, sp.hstack(users, format="csr", dtype=np.float32), items, interactions, weights)


def _interactions(rows: TrainingRows) -> tuple[sp.coo_matrix, sp.coo_matrix]:
    """Openings as +1 with weights. What must not count as passed over is -1: LightFM neither trains on nor draws it."""
    barred_rows, barred_products = np.nonzero(rows.barred)
    numbers = np.concatenate([np.arange(len(rows)), barred_rows]).astype(np.int32)
    columns = np.concatenate([rows.product, barred_products]).astype(np.int32)
    signs = np.concatenate([np.ones(len(rows)), -np.ones(len(barred_rows))]).astype(np.float32)
    weights = np.concatenate([rows.weights, np.zeros(len(barred_rows), np.float32)])
    return sp.coo_matrix((signs, (numbers, columns)), rows.barred.shape), sp.coo_matrix(
        (weights, (numbers, columns)), rows.barred.shape
    )


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
    model: object, recipe: FactorRecipe, encoder: CustomerEncoder, training: TrainingSet, examples: Examples
) -> FactorRecommender:
    product_biases, products = model.get_item_representations(examples.items)  # type: ignore[attr-defined]
    _, embeddings = model.get_user_representations()  # type: ignore[attr-defined]
    n_persons = len(examples.seen) if recipe.has_persons else 0
    n_features, n_products = encoder.n_features, training.n_products
    scores = np.zeros((n_features + n_products, n_products), np.float32)
    if recipe.has_features:
        scores[:] = embeddings[n_persons:] @ products.T
    keys = training.customers.person_keys[examples.seen[:n_persons]]
    order = np.argsort(keys)
    identities = Identities(keys[order], np.asarray(embeddings[:n_persons][order], np.float32))
    model_of_sums = table_model(recipe.kind, encoder, training, scores, np.asarray(product_biases, np.float32))
    return replace(model_of_sums, product_vectors=np.asarray(products, np.float32), identities=identities)
