"""Products of many customers with a table as narrow as a catalogue."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController


def times(rows: NDArray[np.float32], table: NDArray[np.float32]) -> NDArray[np.float32]:
    """`rows` (n, m) @ `table` (m,) or (m, k), by one thread.

    Threads of BLAS wait for each other by spinning. Over 24 products two gain nothing on two idle cores, and take up
    to ten times as long where something else runs there.
    """
    with _threads().limit(limits=1, user_api="blas"):
        product: NDArray[np.float32] = rows @ table
    return product


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()
