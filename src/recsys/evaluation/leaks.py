"""Features that know the answer: a model that sees one of them ranks well on past data and is of no use tomorrow.

Two forms of the same mistake are looked for, by counting and without any model:

- a feature that *implies an ownership flag*, such as a mortgage's rate, which only who has a mortgage can have;
- a feature that *knows what comes next*, because it is made of facts dated after the feature date.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Nothing honest gives all three: nearly everybody with the feature has the product (a lower bound at 95 %), most who
# have it have the feature, and few of the others do.
MIN_PRECISION = {"owned": 0.95, "next": 0.7}
MIN_RECALL = 0.5
MAX_SHARE_OF_OTHERS = 0.25
MIN_CUSTOMERS = 20
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Leak:
    """A feature that tells a product. `n_with` customers have the feature; `precision` of them have the product."""

    feature: str
    product_id: str
    kind: Literal["owned", "next"]
    n_with: int
    precision: float
    recall: float

    def sentence(self) -> str:
        """What is wrong, for people."""
        verb = "hold" if self.kind == "owned" else "take next"
        return (
            f"{self.precision:.0%} of the {self.n_with:,} customers with {self.feature} {verb} {self.product_id}, "
            f"{self.recall:.0%} of all who do"
        )


def find_leaks(
    codes: NDArray[np.int32],
    owned: Bools,
    candidates: Bools,
    taken: Bools,
    feature_names: Sequence[str],
    product_ids: Sequence[str],
    is_asked: Bools,
    derived: Collection[int] = (),
) -> list[Leak]:
    """Leaks among the features of n customers, the surest first.

    `codes` (n, n_attributes) int32: `CustomerBlock.codes`; `owned`, `candidates` and `taken` bool (n, n_products):
    what each owned at the feature date, could take then, and took after it. `is_asked` bool (n,): whose next product
    is known (in a snapshot, of whom one was held out). `derived` are the columns of `codes` that are made of what is
    owned, such as the number of products: they imply nothing but themselves, and know nothing that is dated later.
    """
    names = feature_names, product_ids
    given = [column for column in range(codes.shape[1]) if column not in set(derived)]
    leaks = [
        *_tell("next", codes[is_asked][:, given], candidates[is_asked], taken[is_asked], names),
        *_tell("owned", codes[:, given], np.ones_like(owned), owned | taken, names),
    ]
    return sorted(leaks, key=lambda leak: (-leak.precision * leak.recall, leak.feature, leak.product_id))


def _tell(
    kind: Literal["owned", "next"],
    codes: NDArray[np.int32],
    could: Bools,
    has: Bools,
    names: tuple[Sequence[str], Sequence[str]],
) -> list[Leak]:
    """Every pair of a feature and a product that is too good."""
    features, products = names
    known = _matrix(codes, len(features))
    n_with, n_both = _counts(known, could), _counts(known, has & could)
    n_could, n_has = could.sum(axis=0, dtype=np.float64), (has & could).sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = n_both / n_with, n_both / n_has
        of_others = (n_has - n_both) / (n_could - n_with)
    is_leak = (
        (n_both >= MIN_CUSTOMERS)
        & (_lower_bound(precision, n_with) >= MIN_PRECISION[kind])
        & (recall >= MIN_RECALL)
        & ~(of_others > MAX_SHARE_OF_OTHERS)
    )
    return [
        Leak(features[f], products[p], kind, int(n_with[f, p]), float(precision[f, p]), float(recall[f, p]))
        for f, p in np.argwhere(is_leak)
    ]


def _matrix(codes: NDArray[np.int32], n_features: int) -> sp.csr_matrix:
    rows, columns = np.nonzero(codes >= 0)
    ones = np.ones(len(rows), np.float32)
    return sp.csr_matrix((ones, (rows, codes[rows, columns])), (len(codes), n_features))


def _counts(features: sp.csr_matrix, flags: Bools) -> Floats:
    counts: Floats = np.asarray(features.T @ flags.astype(np.float32), dtype=np.float64)
    return counts


def _lower_bound(share: Floats, n: Floats) -> Floats:
    """Lower end of Wilson's 95 % interval of a share (Wilson 1927); NaN where n is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        bound: Floats = (share + _Z**2 / (2 * n) - spread) / (1 + _Z**2 / n)
    return bound
