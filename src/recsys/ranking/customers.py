"""What permission rules know about a block of customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recsys.ranking.catalogue import Catalogue

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as numbers: `codes` int32 (n,) into `values`, -1 where the text is unknown."""

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]

    def is_one_of(self, wanted: Iterable[str]) -> BoolArray:
        """Bool (n,): whose text is among `wanted`; an unknown text is not."""
        accepted = set(wanted)
        # The last entry is what code -1 picks.
        lookup = np.array([value in accepted for value in self.values] + [False])
        return np.asarray(lookup[self.codes], dtype=np.bool_)

    @property
    def is_known(self) -> BoolArray:
        """Bool (n,)."""
        return self.codes >= 0


@dataclass(frozen=True, slots=True)
class CodedSets:
    """A column of sets of texts as numbers: `codes` int32 (n,) into `values`, -1 for an empty one."""

    codes: npt.NDArray[np.int32]
    values: tuple[frozenset[str], ...]

    def have(self, text: str) -> BoolArray:
        """Bool (n,): whose set has `text`."""
        lookup = np.array([text in value for value in self.values] + [False])
        return np.asarray(lookup[self.codes], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Refusals:
    """What customers of a block refused when it was offered, m times: `customers` int64 (m,) are rows of the block,
    `columns` int64 (m,) those of the catalogue, `dates` datetime64[D] (m,), ascending.
    """

    customers: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    dates: npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A block of n customers as of one date, for the rules; numbers are float64 (n,) with NaN for unknown.

    `held` is bool (n, n_products + n_unlisted) in the order of the catalogue and its `unlisted`, best in Fortran order
    since rules read it by column.
    Somebody was born in a year from `birth_year` to `birth_year_to`, which is most often the same. Suitability answers
    are NaN where they were not given; `answered` datetime64[D] (n,) is the day of the questionnaire, NaT without one.
    `is_objecting` is true of those who objected and are to be offered nothing.
    `decided_purposes` are those of which anything was said, allowed or not.
    `is_arrears_unknown` is true of nobody in a bank that tells of nobody whether they are behind with a payment.
    """

    status: Coded
    country: Coded
    segment: Coded
    birth_year: FloatArray
    birth_year_to: FloatArray
    annual_income: FloatArray
    risk_tolerance: FloatArray
    knowledge_level: FloatArray
    loss_capacity: FloatArray
    horizon_years: FloatArray
    answered: npt.NDArray[np.datetime64]
    is_in_arrears: BoolArray
    is_arrears_unknown: BoolArray
    is_objecting: BoolArray
    granted_purposes: CodedSets
    decided_purposes: CodedSets
    held: BoolArray
    refusals: Refusals
    catalogue: Catalogue = field(repr=False)

    def __len__(self) -> int:
        return len(self.birth_year)

    def holds_one_of(self, product_ids: Iterable[str]) -> BoolArray:
        """Bool (n,): who holds at least one; nobody what the catalogue neither lists nor excludes."""
        holds = np.zeros(len(self), dtype=np.bool_)
        unlisted = {product_id: column for column, product_id in enumerate(self.catalogue.unlisted)}
        for product_id in product_ids:
            if product_id in self.catalogue.index:
                holds |= self.held[:, self.catalogue.index[product_id]]
            elif product_id in unlisted:
                holds |= self.held[:, len(self.catalogue) + unlisted[product_id]]
        return holds

    def last_refused(self, product_id: str) -> npt.NDArray[np.datetime64]:
        """Datetime64[D] (n,): when each last refused a product, NaT for never."""
        last = np.full(len(self), np.datetime64("NaT", "D"))
        found = self.refusals.columns == self.catalogue.index.get(product_id, -1)
        # Of one customer's several dates the last is what stays.
        last[self.refusals.customers[found]] = self.refusals.dates[found]
        return last

    def n_held_in(self, category: str) -> npt.NDArray[np.int64]:
        """Int64 (n,): how many products of a category of the catalogue each holds."""
        columns = self.catalogue.columns_by_category.get(category, [])
        return np.asarray(self.held[:, columns].sum(axis=1), dtype=np.int64)
