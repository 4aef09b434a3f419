"""Gradient-boosted trees: what is taken next, from bands, levels and labels in their order and from what is owned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NOISE, EachEpoch, Stored
from recsys.models.examples import TrainingRows, TrainingSet, build_rows, with_strangers
from recsys.models.forest import Forest, forest_of
from recsys.models.logistic import check_products_differ
from recsys.models.parts import Parts
from recsys.models.recipe import Recipe
from recsys.models.search import Number, Space, Whole

# Rows times products times rounds of one fit: half a minute on one core.
_MOST_WORK = 500_000_000
# Trees of one model: the tables that find their leaves have a column for each. For 400 products these are 110 MB and
# score 30,000 customers a second and core, and both get worse with the square of the products.
_MOST_TREES = 8_000
_FEWEST_ROWS = 5_000
_FEWEST_ROUNDS = 20


@dataclass(frozen=True)
class TreesRecipe(Recipe):
    """Parameters of LightGBM.

    `regularisation` is its `lambda_l2`. `stranger_share`: see `with_strangers`. `half_life_days` of an opening's
    weight. `max_examples`: the newest openings are kept, because more gained little (decision 29).
    """

    kind: ClassVar[str] = "trees"
    space: ClassVar[Space] = {
        "n_rounds": Whole(20, 120, is_log=True),
        "n_leaves": Whole(3, 15),
        "learning_rate": Number(0.05, 0.3, is_log=True),
        "min_rows_per_leaf": Whole(5, 80, is_log=True),
        "regularisation": Number(0.5, 50.0, is_log=True),
    }

    n_rounds: int = 50
    n_leaves: int = 7
    learning_rate: float = 0.15
    min_rows_per_leaf: int = 20
    regularisation: float = 10.0
    stranger_share: float = 0.1
    half_life_days: float = 365.0
    max_examples: int = 150_000


@dataclass(frozen=True)
class TreesRecommender:
    """A booster with one tree per round for each of the products `taken` (n_taken,), ascending columns of `score`.

    `trees` is LightGBM's own text. Products that were never opened score `untaken`, the logarithm of a share.
    `is_popular` (n_products,) bool.
    """

    name: str
    encoder: CustomerEncoder
    trees: str
    taken: NDArray[np.int64]
    untaken: float

    noise: ClassVar[float] = NOISE

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in column order."""
        return self.encoder.product_ids

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """See `Recommender.score`: logarithms of chances up to a constant, the very numbers of LightGBM."""
        scores = np.full((len(customers), len(self.product_ids)), self.untaken, np.float32)
        scores[:, self.taken] = self._forest.sums(tree_columns(self.encoder, customers))
        return scores

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`: means of trees, and what splits on the way to the leaves changed (Saabas 2014).

        Shapley values (LightGBM's `pred_contrib`) need the whole tree: they came to 1,000 customers a second for all
        products, the ways down to 300,000 for five.
        """
        class_of = np.full(len(self.product_ids), -1)
        class_of[self.taken] = np.arange(len(self.taken))
        classes = np.where(products < 0, -1, class_of[products])
        base = np.where(classes < 0, np.float32(self.untaken), self._forest.roots[classes])
        base = np.where(products < 0, np.float32(0), base)
        return Parts(base, self._forest.contributions(tree_columns(self.encoder, customers), classes))

    def stored(self) -> Stored:
        """See `Recommender.stored`."""
        # Not among the facts: rows of counts read like numbers of cards where texts are searched for such.
        trees = np.frombuffer(self.trees.encode(), np.uint8)
        return Stored(
            {"taken": self.taken, "trees": trees},
            {
                "untaken": self.untaken,
            },
        )

    @cached_property
    def _forest(self) -> Forest:
        from lightgbm import Booster

        return forest_of(Booster(model_str=self.trees), len(self.taken))


def tree_columns(encoder: CustomerEncoder, customers: CustomerBlock) -> NDArray[np.float32]:
    """What trees are grown on, (n, n_attributes + n_products): number of the band, level or label; what is owned.

    A band counts with where in it a number lies, so trees may split within it. NaN where an attribute is unknown: trees
    put it on the side of a split that it fits better.
    """
    numbers = np.where(customers.codes >= 0, customers.codes - encoder.offsets[:-1] + customers.lean, np.nan)
    return np.hstack([numbers, customers.held]).astype(np.float32)


def fit_trees(
    recipe: TreesRecipe, encoder: CustomerEncoder, training: TrainingSet, each_epoch: EachEpoch | None = None
) -> TreesRecommender:
    """Boost trees with the multi-class log loss (Friedman 2001; LightGBM, Ke et al. 2017), the same on every run.

    Raises `ModelError` where less than two products were opened, and where there are so many products that too few rows
    or rounds would be left.
    """
    n_rounds, most = _within_bounds(recipe, training)
    rows = with_strangers(
        build_rows(encoder, training, recipe.half_life_days, most), encoder, recipe.stranger_share, recipe.seed
    )
    taken = check_products_differ(rows, "model of trees")
    return TreesRecommender(
        name=recipe.kind,
        encoder=encoder,
        trees=_boost(recipe, encoder, rows, n_rounds),
        taken=taken,
        untaken=float(np.log(0.5 / len(rows))),
    )


def _within_bounds(recipe: TreesRecipe, training: TrainingSet) -> tuple[int, int]:
    """Rounds and openings that the work allows."""
    n_products, n_openings = max(training.n_products, 1), min(len(training.openings), recipe.max_examples)
    n_rounds = min(recipe.n_rounds, max(_MOST_TREES // n_products, 1))
    most = min(recipe.max_examples, int(_MOST_WORK / (n_products * n_rounds * (1 + recipe.stranger_share))))
    if n_rounds < min(_FEWEST_ROUNDS, recipe.n_rounds) or most < min(_FEWEST_ROWS, n_openings):
        raise ModelError(
            f"Trees for {training.n_products} products would have {n_rounds} rounds over {most:,} openings only: "
            f"above {_MOST_TREES // _FEWEST_ROUNDS} products they are left out.",
            remedy="Nothing needs doing: the other candidates compete without them.",
        )
    return n_rounds, most


def _boost(recipe: TreesRecipe, encoder: CustomerEncoder, rows: TrainingRows, n_rounds: int) -> str:
    import lightgbm

    numbers = np.unique(rows.product, return_inverse=True)[1]
    parameters = {
        "objective": "multiclass",
        "num_class": int(numbers.max()) + 1,
        "num_leaves": recipe.n_leaves,
        # Fewer rounds, because of many products, take larger steps.
        "learning_rate": min(recipe.learning_rate * recipe.n_rounds / n_rounds, max(recipe.learning_rate, 0.3)),
        "min_data_in_leaf": recipe.min_rows_per_leaf,
        "lambda_l2": recipe.regularisation,
        "max_bin": 63,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": recipe.n_threads,
        "seed": recipe.seed,
        "verbose": -1,
    }
    data = lightgbm.Dataset(
        tree_columns(encoder, rows.customers), numbers, weight=rows.weights / rows.weights.mean(), params=parameters
    )
    return str(lightgbm.train(parameters, data, n_rounds).model_to_string())


def restore_trees(recipe: TreesRecipe, encoder: CustomerEncoder, stored: Stored) -> TreesRecommender:
    """The model that `stored` came from."""
    arrays, facts = stored.arrays, stored.facts
    return TreesRecommender(
        name=recipe.kind,
        encoder=encoder,
        trees=arrays["trees"].tobytes().decode(),
        taken=np.asarray(arrays["taken"], np.int64),
        untaken=float(facts["untaken"]),  # type: ignore[arg-type]
    )
