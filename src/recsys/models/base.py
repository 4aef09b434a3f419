"""What every recommender can do, whatever it learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.models.parts import Parts
from recsys.types import JSON

# Below it a contribution is noise of the fit: scores of different products differ by some tenths.
NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Stored:
    """A fitted model as files hold it, besides its recipe and encoder: `arrays` without objects, and `facts` as JSON.

    Vectors of persons go by the names `identity_keys` and `identity_vectors`, where an erasure finds them.
    """

    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    facts: Mapping[str, JSON] = field(default_factory=dict)


class Recommender(Protocol):
    """A fitted model. It ranks nothing out: what is held or not permitted is the ranking's business."""

    @property
    def name(self) -> str:
        """The candidate's kind, such as `popularity` or `inductive`."""

    @property
    def product_ids(self) -> tuple[str, ...]:
        """The products it scores, in the order of the columns of `score`."""

    @property
    def noise(self) -> float | NDArray[np.float32]:
        """What a contribution must exceed to be more than noise of the fit; one number, or one per product."""

    def score(self, customers: CustomerBlock) -> NDArray[np.float32]:
        """Scores of shape (n_customers, n_products); within a row, higher is better. A cold customer gets them too."""

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """The account of the scores of `products` (n_customers, k; columns of `score`, negative: a place left empty).

        Whatever is told of a score, and why it is given, is read off this.
        """

    def stored(self) -> Stored:
        """What the registry's `restore` needs to make this model again."""


# Sees the model after each epoch, where there are epochs.
EachEpoch: TypeAlias = Callable[[int, Recommender], None]
