from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.evaluation.slices import Slicing
from recsys.evaluation.slicings import slice_by_age, slice_by_history, slice_by_label, slice_by_tenure

DAY = date(2024, 7, 1)


def labels_of(slicing: Slicing) -> list[str | None]:
    return [slicing.labels[code] if code >= 0 else None for code in slicing.codes]


def test_label_that_is_not_known_is_no_group():
    segments = slice_by_label("segment", pa.chunked_array([["retail", None], ["private", "retail"]]))
    assert (segments.name, labels_of(segments)) == ("segment", ["retail", None, "private", "retail"])


def test_age_bands_begin_with_their_first_year():
    assert labels_of(slice_by_age(np.array([1995.0, 1994.0, 1964.0, 1920.0, np.nan]), DAY)) == [
        "under 30",
        "30 to 44",
        "60 and over",
        "60 and over",
        None,
    ]


def test_history_is_how_much_is_owned():
    held = np.arange(6) < np.arange(7)[:, None]
    assert labels_of(slice_by_history(held)) == [
        "owns nothing",
        "owns 1",
        "owns 2",
        "owns 3 or 4",
        "owns 3 or 4",
        "owns 5 or more",
        "owns 5 or more",
    ]


def test_tenure_is_how_long_ago_a_customer_registered():
    registered = np.array(["2024-06-30", "2023-07-01", "2021-06-30", "2010-01-01", "NaT"], dtype="datetime64[D]")
    assert labels_of(slice_by_tenure(registered, DAY)) == [
        "under 1 year",
        "1 to 3 years",
        "3 to 10 years",
        "10 years and over",
        None,
    ]
