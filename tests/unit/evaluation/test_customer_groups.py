from __future__ import annotations

import numpy as np
import pyarrow as pa

from recsys.evaluation.customer_groups import customer_slicings

CUSTOMERS = pa.table(
    {
        "segment": pa.chunked_array([["retail", None], ["private", "retail"]]),
        "age_years": [24.0, 25.0, 70.0, None],
        "region": pa.array([None] * 4, pa.string()),
        "tenure_days": pa.array([100, 366, 4000, 1200], pa.int64()),
    }
)


def slicings(customers: pa.Table, owned: list[int]) -> dict[str, list[str | None]]:
    found = customer_slicings(customers, np.array(owned))
    return {slicing.name: [slicing.labels[code] if code >= 0 else None for code in slicing.codes] for slicing in found}


def test_customers_are_grouped_by_segment_age_and_length_of_history():
    assert slicings(CUSTOMERS, [0, 1, 4, 9]) == {
        "segment": ["retail", None, "private", "retail"],
        "age": ["under 25 years", "between 25 and 35 years", "65 years or more", None],
        "products_owned": ["none", "1", "3 or 4", "5 or more"],
        "tenure": ["under 1 years", "between 1 and 3 years", "10 years or more", "between 3 and 10 years"],
    }


def test_feed_without_these_columns_is_parted_by_what_is_owned():
    assert set(slicings(CUSTOMERS.select(["region"]), [2, 0, 0, 0])) == {"products_owned"}
