"""Features that know the answer: a model that sees one of them ranks well on past data and is of no use tomorrow.

Two forms of the same mistake are looked for, by counting and without any model:

- a feature that *implies an ownership flag*, such as a mortgage's rate, which only who has a mortgage can have;
- a feature that *knows what comes next*, because it is made of facts dated after the feature date.

Of a number each band tells only some of those who have the product, and so does each value of a text: therefore those
values of one attribute that tell a product are also counted together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

# Nothing honest gives all three: nearly everybody with the feature has the product (a lower bound at 95 %), many who
# have it have the feature, and few of the others do.
MIN_PRECISION = {"owned": 0.95, "next": 0.7}
# Below a half: where a number is 0 for the others, half of its owners can lie in the one band with 0 in it.
MIN_RECALL = 0.4
MAX_SHARE_OF_OTHERS = 0.25
MIN_CUSTOMERS = 20
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Leak:
    """A feature that tells a product. `n_with` customers have the feature; `precision` of them have the product.

    The feature `attribute:(several)` is had by whoever has one of those of the attribute that tell the product.
    """

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


@dataclass(frozen=True, slots=True)
class Names:
    """What columns and codes stand for: attributes, features and products by number.

    The features of attribute `a` are `offsets[a]` to `offsets[a + 1]`, of which there is at least one.
    """

    attributes: Sequence[str]
    offsets: NDArray[np.int32]
    features: Sequence[str]
    products: Sequence[str]


def find_leaks(
    codes: NDArray[np.int32],
    owned: Bools,
    candidates: Bools,
    taken: Bools,
    names: Names,
    is_asked: Bools,
    derived: Collection[int] = (),
) -> list[Leak]:
    """Leaks among the features of n customers, the surest first.

    `codes` (n, n_attributes) int32: `CustomerBlock.codes`; `owned`, `candidates` and `taken` bool (n, n_products):
    what each owned at the feature date, could take then, and took after it. `is_asked` bool (n,): whose next product
    is known (in a snapshot, of whom one was held out). `derived` are the columns of `codes` that are made of what is
    owned, such as the number of products: they imply nothing but themselves, and know nothing that is dated later.
    """
    given = [column for column in range(codes.shape[1]) if column not in set(derived)]
    leaks = [
        *_tell("next", codes[is_asked][:, given], candidates[is_asked], taken[is_asked], names),
        *_tell("owned", codes[:, given], np.ones_like(owned), owned | taken, names),
    ]
    return sorted(leaks, key=lambda leak: (-leak.precision * leak.recall, leak.feature, leak.product_id))


def _tell(
    kind: Literal["owned", "next"], codes: NDArray[np.int32], could: Bools, has: Bools, names: Names
) -> Iterator[Leak]:
    """Every pair of a feature and a product that is too good, and every pair of an attribute and a product."""
    known = _matrix(codes, len(names.features))
    has = has & could
    n_with, n_both = _counts(known, could), _counts(known, has)
    n_could, n_has = could.sum(axis=0, dtype=np.float64), has.sum(axis=0, dtype=np.float64)

    def is_leak(n_with: Floats, n_both: Floats) -> Bools:
        n_others = n_could - n_with
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Bools = (
                (np.minimum(n_both, n_others) >= MIN_CUSTOMERS)
                & (_lower_bound(n_both / n_with, n_with) >= MIN_PRECISION[kind])
                & (n_both / n_has >= MIN_RECALL)
                & ((n_has - n_both) / n_others <= MAX_SHARE_OF_OTHERS)
            )
        return found

    alone = is_leak(n_with, n_both)
    for f, p in np.argwhere(alone):
        yield _leak(kind, names.features[f], names.products[p], n_with[f, p], n_both[f, p], n_has[p])
    # Features of one attribute exclude each other, so those who have one of several are their sum.
    starts = names.offsets[:-1]
    tells = n_both >= MIN_PRECISION[kind] * n_with
    n_with, n_both = (np.add.reduceat(np.where(tells, counts, 0), starts, axis=0) for counts in (n_with, n_both))
    for a, p in np.argwhere(is_leak(n_with, n_both) & ~np.logical_or.reduceat(alone, starts, axis=0)):
        feature = f"{names.attributes[a]}:(several)"
        yield _leak(kind, feature, names.products[p], n_with[a, p], n_both[a, p], n_has[p])


def _leak(
    kind: Literal["owned", "next"], feature: str, product: str, n_with: float, n_both: float, n_has: float
) -> Leak:
    return Leak(feature, product, kind, int(n_with), float(n_both / n_with), float(n_both / n_has))


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
