"""The ways in which customers are parted for a second look at every figure: to see who is served worse."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.evaluation.slices import Slicing

_AGE_EDGES = (30, 45, 60)
_AGE_LABELS = ("under 30", "30 to 44", "45 to 59", "60 and over")
_DAYS_OF_YEAR = 365.25
_TENURE_EDGES = (1, 3, 10)
_TENURE_LABELS = ("under 1 year", "1 to 3 years", "3 to 10 years", "10 years and over")
_OWNED_LABELS = ("owns nothing", "owns 1", "owns 2", "owns 3 or 4", "owns 5 or more")
_OWNED_OF = (0, 1, 2, 3, 3, 4)


def slice_by_label(name: str, values: pa.Array | pa.ChunkedArray) -> Slicing:
    """By a text (n,), such as the segment; null is no group."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    labels = sorted(pc.unique(whole.drop_null()).to_pylist())
    codes = pc.fill_null(pc.index_in(whole, value_set=pa.array(labels, whole.type)), -1)
    return Slicing(name, np.asarray(codes, dtype=np.int32), tuple(str(label) for label in labels))


def slice_by_age(birth_years: NDArray[np.floating], day: date) -> Slicing:
    """By age band on `day`, of birth years (n,), NaN where unknown."""
    codes = np.searchsorted(_AGE_EDGES, day.year - birth_years, side="right")
    return Slicing("age_band", np.where(np.isnan(birth_years), -1, codes).astype(np.int32), _AGE_LABELS)


def slice_by_history(held: NDArray[np.bool_]) -> Slicing:
    """By what is known of a customer's taste: how many products are owned, of `held` (n, n_products)."""
    n_owned = np.minimum(held.sum(axis=1), len(_OWNED_OF) - 1)
    return Slicing("history", np.asarray(_OWNED_OF, dtype=np.int32)[n_owned], _OWNED_LABELS)


def slice_by_tenure(registered: NDArray[np.datetime64], day: date) -> Slicing:
    """By how long he had been a customer on `day`, of the days of registration (n,), NaT where unknown."""
    days = (np.datetime64(day, "D") - registered).astype("timedelta64[D]").astype(np.int64)
    codes = np.searchsorted(_TENURE_EDGES, days / _DAYS_OF_YEAR, side="right")
    return Slicing("tenure", np.where(np.isnat(registered), -1, codes).astype(np.int32), _TENURE_LABELS)
