"""The four forms of LightFM: what each knows customers and products by, and parameters that were found to work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from recsys.models.recipe import Recipe
from recsys.models.search import Number, OneOf, Space, Whole

_SPACE: Space = {
    "n_factors": Whole(4, 48, is_log=True),
    "n_epochs": Whole(5, 120, is_log=True),
    "learning_rate": Number(0.005, 0.1, is_log=True),
    "regularisation": Number(0.01, 100.0, is_log=True),
}
_BY_ATTRIBUTES: Space = {**_SPACE, "bins": OneOf(("smooth", "hard")), "normalise": OneOf((False, True))}


@dataclass(frozen=True)
class FactorRecipe(Recipe):
    """Parameters of a LightFM. What customers and products are known by is the kind's, not a parameter.

    `regularisation`: shrinkage of the embeddings in one epoch, whatever the number of rows. `bins`: whether a number
    shares its weight with the band that it leans to. `normalise`: the weights of a customer's tokens add up to 1.
    `identity_weight`: of a customer's own token, where every other has 1.
    `labels`: products are also known by their labels. `stranger_share`: see `with_strangers`; they have no identity
    either. `half_life_days` of an opening's weight. `max_examples` bounds memory: the newest openings are kept, which
    are all of a million customers.
    """

    has_persons: ClassVar[bool] = False
    has_attributes: ClassVar[bool] = True
    has_holdings: ClassVar[bool] = False
    has_products: ClassVar[bool] = True

    loss: Literal["warp", "bpr"] = "warp"
    n_factors: int = 16
    n_epochs: int = 30
    learning_rate: float = 0.03
    regularisation: float = 0.1
    bins: Literal["smooth", "hard"] = "smooth"
    normalise: bool = False
    identity_weight: float = 1.0
    labels: bool = False
    stranger_share: float = 0.0
    half_life_days: float = 365.0
    max_examples: int = 5_000_000


@dataclass(frozen=True)
class CollaborativeRecipe(FactorRecipe):
    """Customers and products by identity alone.

    A person's own vector is learned from a few openings only: more epochs, more factors or a heavier identity learn
    them by heart, and the products not opened as dislikes.
    """

    kind: ClassVar[str] = "collaborative"
    space: ClassVar[Space] = {**_SPACE, "identity_weight": Number(0.05, 2.0, is_log=True)}
    has_persons, has_attributes = True, False

    n_factors: int = 8
    n_epochs: int = 10
    identity_weight: float = 0.3


@dataclass(frozen=True)
class ContentRecipe(FactorRecipe):
    """Customers by their attributes and products by their labels: products with the same labels rank the same."""

    kind: ClassVar[str] = "content"
    space: ClassVar[Space] = _BY_ATTRIBUTES
    has_products = False

    labels: bool = True


@dataclass(frozen=True)
class HybridRecipe(FactorRecipe):
    """Customers by identity and attributes, products by identity and labels."""

    kind: ClassVar[str] = "hybrid"
    space: ClassVar[Space] = {
        **_BY_ATTRIBUTES,
        "identity_weight": Number(0.05, 5.0, is_log=True),
        "labels": OneOf((False, True)),
    }
    has_persons = True

    identity_weight: float = 0.3
    labels: bool = True


@dataclass(frozen=True)
class InductiveRecipe(FactorRecipe):
    """Customers by their attributes and by the products owned before the event, products by identity.

    A new customer needs no training, and erasing one touches no model: see decisions 6 and 29.
    """

    kind: ClassVar[str] = "inductive"
    space: ClassVar[Space] = {**_BY_ATTRIBUTES, "labels": OneOf((False, True))}
    has_holdings = True

    stranger_share: float = 0.33
