"""Values in spellings that standardising must repair; the clean value of each is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Ints, choose, pick
from recsys.feed.demo.misspelling import international
from recsys.feed.demo.spelling_styles import STYLES, Style

SPELLING_SHARE = 0.03  # of the values of a column
# There are a hundred bookings to a customer, so a smaller share of them is as much to read.
_BOOKING_SHARE = 0.005

SPELLINGS_SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("row", pa.int64()),
        ("column", pa.string()),
        ("written", pa.string()),
        ("clean", pa.string()),
    ]
)


def add_spellings(rng: np.random.Generator, name: str, rows: pa.Table, n_clean: int) -> tuple[pa.Table, pa.Table]:
    """`rows` with some values of the first `n_clean` in another spelling, and the truth: places, written and clean.

    Columns that hold spellings become texts in the whole table. The rows after `n_clean` are not known to be clean.
    """
    truth = [SPELLINGS_SCHEMA.empty_table()]
    share = _BOOKING_SHARE if name == "transactions" else SPELLING_SHARE
    for column, styles in STYLES.get(name, {}).items():
        values = rows[column].cast(pa.string()).combine_chunks()
        places = np.nonzero(rng.random(n_clean) < share)[0]
        clean = values.take(pa.array(places))
        written = _written(rng, styles, clean)
        clean = international(clean) if column == "phone" else clean
        is_new = pc.fill_null(pc.not_equal(written, clean), False)
        places = places[is_new.to_numpy(zero_copy_only=False)]
        written, clean = written.filter(is_new), clean.filter(is_new)
        mask = np.zeros(len(values), bool)
        mask[places] = True
        values = pc.replace_with_mask(values, pa.array(mask), written)
        rows = rows.set_column(rows.schema.get_field_index(column), column, values)
        truth.append(_truth(name, column, places, written, clean))
    return rows, pa.concat_tables(truth)


def _written(rng: np.random.Generator, styles: Sequence[Style], clean: pa.Array) -> pa.Array:
    """Each value `(n,)` in one of its styles; where the drawn one does not fit, in the first, which fits all."""
    drawn = rng.integers(0, len(styles), len(clean))
    written = styles[0](clean)
    for place, style in enumerate(styles[1:], start=1):
        written = choose(drawn == place, pc.coalesce(style(clean), written), written)
    return written


def _truth(name: str, column: str, places: Ints, written: pa.Array, clean: pa.Array) -> pa.Table:
    zeros = np.zeros(len(places), np.int64)
    columns = [pick([name], zeros), pa.array(places), pick([column], zeros), written, clean]
    return pa.Table.from_arrays(columns, schema=SPELLINGS_SCHEMA)
