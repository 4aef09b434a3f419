"""In which language a customer reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.explanation.phrases import languages


def by_default(language: str) -> tuple[str, ...]:
    """All languages that there are phrases in, the bank's own `language` first."""
    return (language, *(one for one in languages() if one != language))


def language_numbers(wanted: pa.Array | pa.ChunkedArray, offered: Sequence[str]) -> NDArray[np.int32]:
    """For each customer (n,) the position of the language wanted among those `offered`, (n,) int32; 0 for any other.

    What is wanted are codes such as `de` or `de-AT`, or null.
    """
    codes = pc.utf8_slice_codeunits(pc.utf8_lower(wanted), 0, 2)
    found = pc.index_in(codes, value_set=pa.array(offered, pa.string()))
    return np.asarray(pc.fill_null(found, 0), dtype=np.int32)
