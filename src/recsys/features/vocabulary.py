"""One attribute's features: fitted bands, levels or labels, their numbers and their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.features.attributes import Attribute, AttributeKind
from recsys.features.bands import band_edges, band_ends

# A value that fewer customers share says little, and could point at a person.
MIN_CUSTOMERS_PER_LABEL = 20
MAX_LABELS = 40
# The code of all values together that have no feature of their own.
REST = "(less common)"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The features of one attribute. Bands have `edges` (inner edges, ascending), levels and labels have `labels`.

    `ends` are the outer edges of the first and the last band, between which nearly all values lie. `has_rest`: after
    the labels comes one feature for every other value, also for one that was not seen in fitting.
    """

    attribute: Attribute
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    ends: tuple[float, float] = (0.0, 0.0)
    has_rest: bool = False

    def __len__(self) -> int:
        """Number of features; an attribute without two different values has none."""
        if self.attribute.kind is AttributeKind.BAND:
            return len(self.edges) + 1 if self.edges else 0
        return len(self.labels) + self.has_rest

    def codes(self, values: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
        """Feature of each value, shape (n,) int32, counted from 0 within this attribute; -1 unknown."""
        if len(self) == 0:
            return np.full(len(values), -1, dtype=np.int32)
        if self.attribute.kind is AttributeKind.BAND:
            return self._band_codes(_numbers(values))
        labels = _level_labels(values, self.attribute) if self.attribute.kind is AttributeKind.LEVEL else values
        found = pc.index_in(labels, value_set=pa.array(self.labels, pa.string()))
        codes = np.asarray(pc.fill_null(found, -1), dtype=np.int32)
        if not self.has_rest:
            return codes
        is_rest = (codes < 0) & np.asarray(pc.is_valid(labels))
        return np.where(is_rest, np.int32(len(self.labels)), codes)

    def _band_codes(self, numbers: NDArray[np.float64]) -> NDArray[np.int32]:
        codes = np.searchsorted(np.asarray(self.edges), numbers, side="right").astype(np.int32)
        codes[np.isnan(numbers)] = -1
        return codes

    def lean(self, values: pa.Array | pa.ChunkedArray) -> NDArray[np.float32]:
        """Where each value lies within its band, (n,) float32 in [-0.5, 0.5]: see `CustomerBlock.lean`."""
        if self.attribute.kind is not AttributeKind.BAND or not self.edges:
            return np.zeros(len(values), dtype=np.float32)
        numbers = _numbers(values)
        bounds = np.array([self.ends[0], *self.edges, self.ends[1]])
        band = np.searchsorted(np.asarray(self.edges), numbers, side="right")
        low, width = bounds[band], np.diff(bounds)[band]
        lean = np.zeros(len(numbers))
        # An outer band without a width has no middle to lean away from.
        np.divide(numbers - low, width, out=lean, where=width > 0)
        lean = np.where(width > 0, np.clip(lean, 0, 1) - 0.5, 0)
        lean[(band == 0) & (lean < 0) | (band == len(self.edges)) & (lean > 0) | np.isnan(numbers)] = 0
        return np.asarray(lean, dtype=np.float32)

    def names(self) -> list[str]:
        """Code of each feature: the edges of a band, such as `40000-55000`, a level or a label."""
        if self.attribute.kind is AttributeKind.BAND:
            bands = (self.band(number) for number in range(len(self)))
            return ["-".join("" if edge is None else format(edge, "g") for edge in band) for band in bands]
        return [*self.labels, *([REST] if self.has_rest else [])]

    def band(self, number: int) -> tuple[float | None, float | None]:
        """Where band `number` begins (inclusive) and ends (exclusive); None: open."""
        low = self.edges[number - 1] if number > 0 else None
        return low, self.edges[number] if number < len(self.edges) else None


def fit_vocabulary(attribute: Attribute, values: pa.Array | pa.ChunkedArray, n_bands: int) -> Vocabulary:
    """The vocabulary of an attribute from the values (n,) of the customers that are trained on."""
    if attribute.kind is AttributeKind.BAND:
        numbers = _numbers(values)
        return Vocabulary(attribute, edges=band_edges(numbers, n_bands, attribute.unit), ends=band_ends(numbers))
    labels = _level_labels(values, attribute) if attribute.kind is AttributeKind.LEVEL else values
    counts = {row["values"]: row["counts"] for row in pc.value_counts(labels).to_pylist() if row["values"]}
    if len(counts) < 2:
        return Vocabulary(attribute)
    common = _common_labels(counts)
    n_rest = sum(counts.values()) - sum(counts[label] for label in common)
    has_rest = attribute.pools_rare and n_rest >= MIN_CUSTOMERS_PER_LABEL
    return Vocabulary(attribute, labels=common, has_rest=has_rest)


def _common_labels(counts: Mapping[str, int]) -> tuple[str, ...]:
    common = [label for label, n in counts.items() if n >= MIN_CUSTOMERS_PER_LABEL and label != REST]
    return tuple(sorted(sorted(common, key=lambda label: (-counts[label], label))[:MAX_LABELS]))


def _level_labels(values: pa.Array | pa.ChunkedArray, attribute: Attribute) -> pa.Array | pa.ChunkedArray:
    levels = pc.cast(values, pa.int64(), safe=False)
    if attribute.maximum is not None:
        levels = pc.min_element_wise(levels, attribute.maximum, skip_nulls=False)
    return pc.cast(levels, pa.string())


def _numbers(values: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    numbers: NDArray[np.float64] = (
        pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False)
        if isinstance(values, pa.Array)
        else pc.cast(values, pa.float64()).to_numpy()
    )
    return numbers
