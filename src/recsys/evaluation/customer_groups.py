"""The groups of customers by which every candidate is measured: segment, age, region and length of history."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.evaluation.slices import Slicing
from recsys.features.attributes import Unit
from recsys.features.bands import band_words

_LABELLED = ("segment", "region")
# The same edges in every bank and fold, so that slices can be compared and added; those of features are fitted anew.
_AGE_EDGES = (25.0, 35.0, 50.0, 65.0)
_TENURE_EDGES = (365.25, 3 * 365.25, 10 * 365.25)
_OWNED_EDGES = (1.0, 2.0, 3.0, 5.0)
_OWNED_LABELS = ("none", "1", "2", "3 or 4", "5 or more")


def customer_slicings(customers: pa.Table, n_owned: NDArray[np.integer]) -> tuple[Slicing, ...]:
    """Slicings of rows of `marts.feat_customers`; `n_owned` (n,): products that each held at the origin.

    `segment`, `age`, `region`, `products_owned` and `tenure`, as far as the feed tells them. What is not known of a
    customer puts him into no slice.
    """
    known = set(customers.schema.names)
    found = {name: _labelled(name, customers[name]) for name in _LABELLED if name in known}
    if "age_years" in known:
        found["age"] = _banded("age", _numbers(customers["age_years"]), _AGE_EDGES, "years")
    found["products_owned"] = Slicing("products_owned", _codes(n_owned.astype(np.float64), _OWNED_EDGES), _OWNED_LABELS)
    if "tenure_days" in known:
        found["tenure"] = _banded("tenure", _numbers(customers["tenure_days"]), _TENURE_EDGES, "days")
    order = ("segment", "age", "region", "products_owned", "tenure")
    return tuple(found[name] for name in order if name in found and (found[name].codes >= 0).any())


def _labelled(name: str, values: pa.ChunkedArray) -> Slicing:
    labels = pc.unique(values).drop_null().sort()
    codes = np.asarray(pc.fill_null(pc.index_in(values, labels), -1), dtype=np.int32)
    return Slicing(name, codes, tuple(labels.to_pylist()))


def _banded(name: str, numbers: NDArray[np.float64], edges: tuple[float, ...], unit: Unit) -> Slicing:
    limits = (None, *edges, None)
    words = tuple(band_words(low, high, unit) for low, high in pairwise(limits))
    return Slicing(name, _codes(numbers, edges), words)


def _codes(numbers: NDArray[np.float64], edges: tuple[float, ...]) -> NDArray[np.int32]:
    codes = np.searchsorted(edges, numbers, "right")
    return np.where(np.isnan(numbers), -1, codes).astype(np.int32)


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = pc.cast(column, pa.float64()).to_numpy()
    return numbers
