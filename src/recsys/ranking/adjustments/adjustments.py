"""The adjustments that a bank has set, and the ranking they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Self

import numpy as np
import numpy.typing as npt

from recsys.ranking.adjustments.diversity import select_diverse
from recsys.ranking.adjustments.exposure_floor import draws_of, new_products, show_new_products
from recsys.ranking.adjustments.value_weighting import weigh_by_value
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray
from recsys.ranking.top_n import Ranking, rank_top_n
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What is done after scoring, to permitted products only.

    `value_weight`: see `weigh_by_value`. `diversity` from 0 to 1: see `select_diverse`. `new_share` from 0 to 1: share
    of those who may have a product of at most `new_days` days to whom it is shown all the same.
    """

    value_weight: float = 0.0
    diversity: float = 0.0
    new_share: float = 0.0
    new_days: int = 90

    @property
    def is_off(self) -> bool:
        """Whether the ranking is the model's own."""
        return not (self.value_weight or self.diversity or self.new_share)

    def to_json(self) -> dict[str, JSON]:
        """As a publication keeps them: empty where nothing is done."""
        return {} if self.is_off else asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, JSON]) -> Self:
        """What `to_json` wrote."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})  # type: ignore[arg-type]

    def rank(
        self,
        scores: npt.NDArray[np.float32],
        is_permitted: BoolArray,
        person_keys: npt.NDArray[np.bytes_],
        catalogue: Catalogue,
        as_of: date,
        top_n: int,
    ) -> Ranking:
        """The `top_n` permitted products of n customers; the ranking's scores stay the model's own.

        `scores` float32 and `is_permitted` bool are (n, n_products) in catalogue order, `person_keys` (n,) 'S36'.
        """
        if self.is_off:
            return rank_top_n(scores, is_permitted, top_n)
        weighed = scores
        if self.value_weight:
            values = np.array([np.nan if one.value is None else one.value for one in catalogue.products])
            weighed = weigh_by_value(scores, is_permitted, values, self.value_weight)
        if self.diversity:
            products = select_diverse(weighed, is_permitted, catalogue.category_numbers, self.diversity, top_n)
        else:
            products = rank_top_n(weighed, is_permitted, top_n).products
        if self.new_share:
            is_new = new_products(catalogue, as_of, self.new_days)
            draws = draws_of(person_keys, catalogue.product_ids)
            products = show_new_products(products, weighed, is_permitted, is_new, draws, self.new_share)
        return Ranking(products, _scores_of(scores, products))


NO_ADJUSTMENTS = Adjustments()


def _scores_of(scores: npt.NDArray[np.float32], products: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    of_places = np.take_along_axis(scores, np.maximum(products, 0), axis=1)
    return np.where(products >= 0, of_places, np.float32(np.nan))
