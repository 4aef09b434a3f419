"""l-diversity: whether persons who share all quasi-identifiers also share what is sensitive about them.

Whoever knows somebody's class learns their sensitive value where the class has only one. Distinct l is the number of
values in a class, entropy l is `exp` of their entropy, so that one frequent value does not count as diversity
(Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam 2007, "l-diversity: privacy beyond k-anonymity").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Diversity:
    """How diverse a sensitive column is within classes. Persons of whom it is unknown are not looked at.

    `least_distinct` and `least_entropy` are those of the worst class, `median_entropy` that of the person in the
    middle; `n_alike` persons are in classes in which everybody has the same value.
    """

    n_persons: int
    n_alike: int
    least_distinct: int
    least_entropy: float
    median_entropy: float

    @property
    def alike_share(self) -> float:
        """Share of persons whose class gives the value away."""
        return self.n_alike / max(self.n_persons, 1)


def class_diversity(
    classes: NDArray[np.int64], n_persons: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Persons, distinct l and entropy l of each class that has rows, three arrays (n_classes,).

    The rows, (n,) each, are one per class and value: the class, and how many persons of it have the value.
    """
    _, numbers = np.unique(classes, return_inverse=True)
    counts = n_persons.astype(np.float64)
    sizes = np.bincount(numbers, weights=counts)
    shares = counts / sizes[numbers]
    entropy = np.bincount(numbers, weights=-shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares)))
    return sizes.astype(np.int64), np.bincount(numbers).astype(np.int64), np.exp(entropy)


def diversity(classes: NDArray[np.int64], n_persons: NDArray[np.int64]) -> Diversity:
    """What `class_diversity` of the same rows comes to over all classes; all zeros without any."""
    if not len(classes):
        return Diversity(0, 0, 0, 0.0, 0.0)
    sizes, distinct, entropy = class_diversity(classes, n_persons)
    order = np.argsort(entropy)
    middle = np.searchsorted(np.cumsum(sizes[order]), sizes.sum() / 2)
    return Diversity(
        n_persons=int(sizes.sum()),
        n_alike=int(sizes[distinct == 1].sum()),
        least_distinct=int(distinct.min()),
        least_entropy=float(entropy.min()),
        median_entropy=float(entropy[order][min(int(middle), len(order) - 1)]),
    )
