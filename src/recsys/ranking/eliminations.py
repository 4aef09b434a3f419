"""The distinct answers that the rules give of a product, numbered over all blocks of a publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys.errors import CheckError
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eligibility import RuleMask, refusers

SetIds = npt.NDArray[np.int16]

_MOST_SETS = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True)
class EliminationSet:
    """Rules that together refuse `product_id` to somebody, and those among them whose customer's side is `unknown`."""

    product_id: str
    set_id: int
    rules: tuple[str, ...]
    unknown: tuple[str, ...]


class EliminationSets:
    """Gives each distinct cell of a product's column a number, in the order in which they come; 0 is permitted.

    The order of persons decides the numbers, and how they are cut into blocks does not.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._product_ids = catalogue.product_ids
        self._numbers: list[dict[int, int]] = [{0: 0} for _ in catalogue.products]

    def number(self, mask: RuleMask) -> SetIds:
        """The set of each cell: int16 (n_customers, n_products) for a mask of the same shape.

        Raises `CheckError` where a product would have more than 32,767 sets.
        """
        set_ids = np.zeros(mask.shape, dtype=np.int16)
        for column in range(mask.shape[1]):
            # Hashing finds the few distinct cells several times faster than sorting does.
            cells = pa.array(mask[:, column]).dictionary_encode()
            numbers = [self._number(column, cell) for cell in cells.dictionary.to_pylist()]
            set_ids[:, column] = np.array(numbers, dtype=np.int16)[cells.indices.to_numpy()]
        return set_ids

    def cells(self, column: int) -> list[int]:
        """The cells of one product by their number, from 0, the permitted one."""
        return list(self._numbers[column])

    def __iter__(self) -> Iterator[EliminationSet]:
        """Every set that refuses, product by product."""
        for product_id, numbers in zip(self._product_ids, self._numbers, strict=True):
            for cell, number in numbers.items():
                if cell:
                    found = refusers(cell)
                    yield EliminationSet(product_id, number, found.rules, found.unknown)

    def _number(self, column: int, cell: int) -> int:
        numbers = self._numbers[column]
        if cell not in numbers:
            if len(numbers) > _MOST_SETS:
                raise CheckError(
                    f"Product {self._product_ids[column]} is refused by more than {_MOST_SETS:,} different sets of "
                    "rules, and a row can tell no more apart.",
                    remedy="Let it set fewer limits, or part it into several products.",
                )
            numbers[cell] = len(numbers)
        return numbers[cell]
