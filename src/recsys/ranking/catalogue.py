"""The bank's products as permission rules see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Product:
    """One product with its limits, a row of `marts.dim_products`. A limit that is None or empty does not exist.

    `value` is the expected yearly contribution to the bank and `annual_fee` the yearly fee, in the bank's currency.
    Ages and horizons are in years, incomes in the bank's currency per year; `withdrawn_date` is the first day without
    sale. `cooling_off_days` is the product's own, or else the bank's. `client_needs`
    are what it is for: no limit, they say which reasons may be told of it.
    """

    product_id: str
    product_name: str
    category: str
    risk_class: int | None = None
    min_age: int | None = None
    max_age: int | None = None
    min_annual_income: float | None = None
    min_horizon_years: int | None = None
    min_knowledge_level: int | None = None
    min_loss_capacity: int | None = None
    countries: tuple[str, ...] = ()
    target_segments: tuple[str, ...] = ()
    negative_segments: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    max_in_category: int | None = None
    cooling_off_days: int | None = None
    consent_purpose: str | None = None
    client_needs: tuple[str, ...] = ()
    launched_date: date | None = None
    withdrawn_date: date | None = None
    annual_fee: float | None = None
    value: float | None = None
    description: str = ""

    @property
    def needs_suitability(self) -> bool:
        """Whether it is an investment or sets a limit that only answers about risk and knowledge can meet."""
        limits = (self.risk_class, self.min_horizon_years, self.min_knowledge_level, self.min_loss_capacity)
        return any(limit is not None for limit in limits)


@dataclass(frozen=True)
class Catalogue:
    """All products, in the order that numbers the columns of every matrix and breaks ties."""

    products: tuple[Product, ...]

    @property
    def product_ids(self) -> tuple[str, ...]:
        """Ids in column order."""
        return tuple(product.product_id for product in self.products)

    @cached_property
    def index(self) -> dict[str, int]:
        """Column of each product id."""
        return {product.product_id: column for column, product in enumerate(self.products)}

    @cached_property
    def unlisted(self) -> tuple[str, ...]:
        """Products that others exclude and the catalogue does not list: somebody may still hold them."""
        named = {product_id for product in self.products for product_id in product.excludes}
        return tuple(sorted(named - self.index.keys()))

    @cached_property
    def columns_by_category(self) -> dict[str, list[int]]:
        """Columns of the products of each category, ascending."""
        columns: dict[str, list[int]] = {}
        for column, product in enumerate(self.products):
            columns.setdefault(product.category, []).append(column)
        return columns

    @cached_property
    def category_numbers(self) -> npt.NDArray[np.int64]:
        """(n_products,): products of one category share a number."""
        return np.unique([product.category for product in self.products], return_inverse=True)[1].astype(np.int64)

    def __len__(self) -> int:
        return len(self.products)
