"""k-anonymity: how many persons share a combination of quasi-identifiers.

A person is k-anonymous where at least k persons, themselves among them, have the same values in every
quasi-identifier (Sweeney 2002, "k-anonymity: a model for protecting privacy"). Persons come counted by combination, so
memory grows with the combinations and not with the bank. A missing value is a value like others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Lower ends of the bars of a histogram of class sizes.
SIZE_EDGES = (1, 2, 3, 5, 10, 20, 50, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Anonymity:
    """How anonymous n persons are in their classes, measured against `k`.

    `smallest` is the k that the whole really has, 0 without anybody. `n_unique` persons are alone in their class,
    `n_below` share it with fewer than k. `persons_by_size` counts persons by the size of their class, by `SIZE_EDGES`.
    """

    k: int
    n_persons: int
    n_classes: int
    smallest: int
    n_unique: int
    n_below: int
    persons_by_size: tuple[int, ...]

    @property
    def below_share(self) -> float:
        """Share of persons in classes below k."""
        return self.n_below / max(self.n_persons, 1)

    @property
    def unique_share(self) -> float:
        """Share of persons whom their values single out."""
        return self.n_unique / max(self.n_persons, 1)


def class_numbers(cells: pa.Table, columns: Iterable[str]) -> NDArray[np.int64]:
    """The class of each row of `cells`, shape (n,) int64, numbered from 0: rows alike in `columns` have one."""
    numbers = np.zeros(cells.num_rows, dtype=np.int64)
    for name in columns:
        encoded = pc.dictionary_encode(cells.column(name).combine_chunks(), null_encoding="encode")
        codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
        # Numbered anew after each column, so that the product never leaves int64.
        combined = numbers * max(len(encoded.dictionary), 1) + codes
        numbers = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    return numbers


def class_sizes(numbers: NDArray[np.int64], n_persons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Persons of each class, shape (n_classes,) int64, from the class and the count of each row, both (n,)."""
    return np.bincount(numbers, weights=n_persons).astype(np.int64)


def anonymity(sizes: NDArray[np.int64], k: int, n_classes: NDArray[np.int64] | None = None) -> Anonymity:
    """What classes of `sizes` (n,) come to; `n_classes` (n,) says how many there are of each size, else one.

    Classes of nobody do not count.
    """
    classes = np.ones(len(sizes), dtype=np.int64) if n_classes is None else n_classes
    persons = sizes * classes
    is_class = sizes > 0
    bars = np.searchsorted(SIZE_EDGES, sizes[is_class], side="right") - 1
    by_size = np.bincount(bars, weights=persons[is_class], minlength=len(SIZE_EDGES)).astype(np.int64)
    return Anonymity(
        k=k,
        n_persons=int(persons.sum()),
        n_classes=int(classes[is_class].sum()),
        smallest=int(sizes[is_class].min(initial=np.iinfo(np.int64).max)) if is_class.any() else 0,
        n_unique=int(persons[sizes == 1].sum()),
        n_below=int(persons[sizes < k].sum()),
        persons_by_size=tuple(int(n) for n in by_size),
    )


def without_each(cells: pa.Table, columns_of: Mapping[str, Sequence[str]], k: int) -> dict[str, Anonymity]:
    """How anonymous the persons of `cells` would be without each quasi-identifier: what it contributes.

    `columns_of` names the columns of `cells` that hold each quasi-identifier; column `n_persons` counts.
    """
    counts = np.asarray(cells.column("n_persons").to_numpy(), dtype=np.int64)
    found = {}
    for left_out in columns_of:
        columns = [name for one, names in columns_of.items() if one != left_out for name in names]
        found[left_out] = anonymity(class_sizes(class_numbers(cells, columns), counts), k)
    return found
