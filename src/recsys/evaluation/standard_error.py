"""How sure a mean is where one person may stand for several of its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def standard_error(values: NDArray[np.floating], persons: NDArray[np.integer]) -> float:
    """Standard error of the mean of `values` (n,), each of one of the `persons` (n,), whose values go together.

    A person's deviations are added up before they are squared (Liang and Zeger 1986); with one value for each person it
    is the standard deviation over the root of n.
    """
    of_persons = np.bincount(persons, values - values.mean())
    return float(np.sqrt(np.square(of_persons).sum()) / len(values))
