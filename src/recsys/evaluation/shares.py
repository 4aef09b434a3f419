"""Division where there may be nothing to divide by: such a share is not known, rather than zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def shares(parts: NDArray[Any], wholes: NDArray[Any]) -> NDArray[np.float64]:
    """`parts` / `wholes`, of shapes that go together; NaN where the whole is zero."""
    parts, wholes = np.broadcast_arrays(parts, wholes)
    values = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=values, where=wholes != 0)
    return values
