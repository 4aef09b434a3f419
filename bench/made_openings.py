"""A made-up bank's openings in memory, to train on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from bench.made_bank import AS_OF, BLOCK, made_customers
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder, fit_encoder
from recsys.models.examples import Openings, TrainingSet, build_rows, with_strangers
from recsys.models.factor_recipes import FactorRecipe
from recsys.models.factorisation import reading_of
from recsys.models.tokens import customer_matrix

_YEARS = 3


@dataclass(frozen=True)
class MadeSet:
    """Customers with their openings, three for each on average, and what encodes them."""

    encoder: CustomerEncoder
    training: TrainingSet

    def rows_and_tokens(self, recipe: FactorRecipe) -> tuple[int, float]:
        """Training rows of the recipe and tokens in each."""
        known = build_rows(self.encoder, self.training, recipe.half_life_days, recipe.max_examples)
        rows = with_strangers(known, self.encoder, recipe.stranger_share, recipe.seed)
        tokens = customer_matrix(rows.customers, self.encoder.n_features, reading_of(recipe), None, 0)
        return len(rows), tokens.nnz / len(rows)


def made_set(n: int, n_products: int, seed: int = 7) -> MadeSet:
    """Customers with tastes: by product, by segment and by age, so that there is something to learn."""
    random = np.random.default_rng(seed)
    ids = tuple(f"p{number:02d}" for number in range(n_products))
    encoder = fit_encoder(made_customers(20_000), ids)
    blocks = [
        encoder.transform(made_customers(min(BLOCK, n - first), seed + first, first)) for first in range(0, n, BLOCK)
    ]
    customers = reduce(CustomerBlock.followed_by, blocks)
    held = _taken(customers, random.normal(size=(encoder.n_features, n_products)).astype(np.float32), random)
    customer, product = np.nonzero(held)
    days = random.integers(0, 365 * _YEARS, len(customer))
    opened = np.datetime64(AS_OF, "D") - days
    never = np.full(len(customer), np.datetime64("NaT"), "datetime64[D]")
    training = TrainingSet(
        encoder.with_held(customers, held),
        Openings(customer, product, opened, never),
        AS_OF,
        launched=never[:n_products],
        withdrawn=never[:n_products],
        product_labels=tuple((f"category:{number % 6}",) for number in range(n_products)),
        product_names=ids,
    )
    return MadeSet(encoder, training)


def _taken(customers: CustomerBlock, tastes: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.bool_]:
    """What each customer has opened, bool (n, n_products): one product, and two more on average."""
    taken = np.zeros(customers.held.shape, np.bool_)
    for start in range(0, len(customers), BLOCK):
        rows = slice(start, start + BLOCK)
        liked = tastes[customers.codes[rows]].sum(axis=1) / 2 + random.gumbel(size=taken[rows].shape)
        n_taken = 1 + random.poisson(2, len(liked))
        taken[rows] = np.argsort(np.argsort(-liked, axis=1), axis=1) < n_taken[:, None]
    return taken
