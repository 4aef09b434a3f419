"""Calling a library once for each distinct value of a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.rows import Mask


def replace_distinct(values: pa.Array, rows: Mask, standard: Callable[[str], str]) -> pa.Array:
    """`values` (n,) with `standard` of each where `rows` (n,) says so; the very same array where nothing changes."""
    places = pa.array(np.flatnonzero(rows))
    if not len(places):
        return values
    encoded = values.take(places).dictionary_encode()
    before = encoded.dictionary.to_pylist()
    after = [standard(value) for value in before]
    if after == before:
        return values
    return replace_at(values, places, pa.array(after, pa.string()).take(encoded.indices))


def replace_distinct_by_country(
    values: pa.Array, countries: pa.Array | None, rows: Mask, standard: Callable[[str, str | None], str]
) -> pa.Array:
    """As `replace_distinct`, for a `standard` that also needs the country of the row (alpha-2, or None)."""
    if countries is None:
        return replace_distinct(values, rows, lambda value: standard(value, None))
    places = pa.array(np.flatnonzero(rows))
    if not len(places):
        return values
    texts = values.take(places).dictionary_encode()
    regions = countries.take(places).dictionary_encode(null_encoding="encode")
    n_regions = len(regions.dictionary)
    pairs, where = np.unique(
        texts.indices.to_numpy().astype(np.int64) * n_regions + regions.indices.to_numpy(), return_inverse=True
    )
    words, names = texts.dictionary.to_pylist(), regions.dictionary.to_pylist()
    after = [standard(words[pair // n_regions], names[pair % n_regions]) for pair in pairs.tolist()]
    return replace_at(values, places, pa.array(after, pa.string()).take(pa.array(where)))


def replace_values(values: pa.Array, new: Mapping[str, str]) -> pa.Array:
    """`values` (n,) with those that `new` names as it has them; the very same array where nothing changes."""
    found = pc.index_in(values, value_set=pa.array(list(new), pa.string()))
    places = pa.array(np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False)))
    if not len(places):
        return values
    return replace_at(values, places, pa.array(list(new.values()), pa.string()).take(found.take(places)))


def replace_at(values: pa.Array, places: pa.Array, new: pa.Array) -> pa.Array:
    """`values` (n,) with `new` (m,) at `places` (m,)."""
    # Twice as fast as Arrow's replace_with_mask, where few of many texts change.
    indices = np.arange(len(values))
    indices[places.to_numpy()] = len(values) + np.arange(len(new))
    return pa.concat_arrays([values, new]).take(pa.array(indices))
