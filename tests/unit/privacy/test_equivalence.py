"""k-anonymity against classes that can be counted by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recsys.privacy.equivalence import anonymity, class_numbers, class_sizes, without_each

CELLS = pa.table(
    {
        "town": ["Bonn", "Bonn", "Bonn", "Trier", None],
        "year": pa.array([1980, 1981, 1981, 1980, 1980], pa.int16()),
        "n_persons": [6, 1, 2, 1, 4],
    }
)


def sizes(*columns: str) -> np.ndarray:
    return class_sizes(class_numbers(CELLS, columns), CELLS["n_persons"].to_numpy())


def test_classes_are_counted_over_all_columns_together() -> None:
    assert sorted(sizes("town", "year")) == [1, 3, 4, 6]
    assert sorted(sizes("town")) == [1, 4, 9]
    assert sorted(sizes()) == [14]


def test_a_missing_value_is_a_value_of_its_own() -> None:
    assert 4 in sizes("town")


def test_figures_of_small_and_large_classes() -> None:
    found = anonymity(sizes("town", "year"), k=4)
    assert (found.smallest, found.n_classes, found.n_persons, found.n_unique) == (1, 4, 14, 1)
    assert found.below_share == (1 + 3) / 14
    assert found.persons_by_size == (1, 0, 3 + 4, 6, 0, 0, 0, 0, 0)


def test_classes_given_by_size_are_the_same_classes() -> None:
    each = anonymity(np.array([1, 1, 1, 7]), k=5)
    assert anonymity(np.array([1, 7]), k=5, n_classes=np.array([3, 1])) == each


def test_nobody_has_no_classes() -> None:
    assert anonymity(np.array([], dtype=np.int64), k=5).smallest == 0


def test_a_column_contributes_what_is_left_below_k_without_it() -> None:
    found = without_each(CELLS, {"town": ("town",), "year": ("year",)}, k=4)
    assert (found["town"].n_below, found["year"].n_below) == (3, 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([None, "x", "y"]), st.integers(0, 3)), max_size=40))
def test_class_numbers_agree_with_a_dictionary_of_tuples(rows: list[tuple[str, str | None, int]]) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    names = ("a", "b", "c")
    kinds = (pa.string(), pa.string(), pa.int64())
    cells = pa.table({n: pa.array(v, kind) for n, v, kind in zip(names, columns, kinds, strict=True)})
    numbers = class_numbers(cells, names)
    found = class_sizes(numbers, np.ones(len(rows), dtype=np.int64))
    assert [found[number] for number in numbers] == [Counter(rows)[row] for row in rows]
