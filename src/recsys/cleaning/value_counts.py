"""How many rows and customers share each value of a column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_clusters import MAX_DISTINCT


def count_spellings(values: pa.ChunkedArray, customer: npt.NDArray[np.int64]) -> list[Spelling]:
    """The distinct texts of `values` (n,), the most frequent first; `customer` (n,) numbers whose row each is."""
    encoded = values.combine_chunks().dictionary_encode()
    present = encoded.is_valid().to_numpy(zero_copy_only=False)
    if not present.any():
        return []
    codes = encoded.indices.drop_null().to_numpy().astype(np.int64)
    n_values, base = len(encoded.dictionary), int(customer.max()) + 1
    n_rows = np.bincount(codes, minlength=n_values)
    n_customers = np.bincount(np.unique(codes * base + customer[present]) // base, minlength=n_values)
    counts = zip(encoded.dictionary.to_pylist(), n_rows.tolist(), n_customers.tolist(), strict=True)
    spellings = sorted((Spelling(*row) for row in counts), key=lambda spelling: (-spelling.n_rows, spelling.text))
    return spellings[:MAX_DISTINCT]
