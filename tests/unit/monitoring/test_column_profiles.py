from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.cleaning.parsing import landing_schema
from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.contract import CUSTOMERS, TRANSACTIONS
from recsys.monitoring import category_counts
from recsys.monitoring.column_profiles import ColumnProfile, ColumnProfiler, Shape, TableProfiler
from recsys.monitoring.quality.report import summary
from recsys.monitoring.sketch import count_bins, quantile, value_of

AS_OF = date(2024, 12, 31)


def rows_of(table: Any, **columns: list[Any]) -> pa.RecordBatch:
    n_rows = len(next(iter(columns.values())))
    schema = landing_schema(table.columns)
    values = {name: pa.array(columns.get(name, [None] * n_rows), schema.field(name).type) for name in schema.names}
    return pa.RecordBatch.from_arrays(list(values.values()), schema=schema)


def profiles_of(table: Any, *batches: pa.RecordBatch) -> dict[str, ColumnProfile]:
    profiler = TableProfiler(table, (), AS_OF)
    for batch in batches:
        profiler.add(batch)
    return {profile.column: profile for profile in profiler.profiles()}


def payments(rng: np.random.Generator, n: int) -> pa.RecordBatch:
    midnight = datetime.combine(AS_OF, time(tzinfo=UTC))
    times = [None if day < 5 else midnight - timedelta(days=int(day)) for day in rng.integers(0, 900, n)]
    return rows_of(
        TRANSACTIONS,
        transaction_id=[f"t{i}" for i in range(n)],
        customer_id=[f"c{i}" for i in rng.integers(0, 60, n)],
        booked_at=times,
        amount=[None if cents > 20_000 else Decimal(int(cents)) / 100 for cents in rng.normal(0, 12_000, n)],
        category=[[None, "food", "rent", "fun"][i] for i in rng.integers(0, 4, n)],
        description=[[None, "für Miete", "x" * 40][i] for i in rng.integers(0, 3, n)],
    )


@given(
    cuts=st.lists(st.integers(0, 400), max_size=6), seed=st.integers(0, 99), n_categories=st.sampled_from([2, 1_000])
)
def test_any_batching_gives_the_same_profile(cuts, seed, n_categories):
    batch = payments(np.random.default_rng(seed), 400)
    edges = [0, *sorted(cuts), 400]
    pieces = [batch.slice(low, high - low) for low, high in pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(category_counts, "MOST_VALUES", n_categories)
        assert profiles_of(TRANSACTIONS, *pieces) == profiles_of(TRANSACTIONS, batch)


def test_profile_counts_what_pandas_counts():
    batch = payments(np.random.default_rng(3), 2_000)
    frame = batch.to_pandas()
    found = profiles_of(TRANSACTIONS, batch)
    for name in ("booked_at", "amount", "category", "description"):
        assert (found[name].n_rows, found[name].n_missing) == (2_000, frame[name].isna().sum())
    assert found["category"].counts == frame["category"].value_counts().to_dict()
    amounts = frame["amount"].dropna().astype(float).to_numpy()
    assert found["amount"].counts == count_bins(amounts)
    ages = (pd.Timestamp(AS_OF, tz="UTC") - frame["booked_at"].dropna()).dt.days.to_numpy(float)
    assert found["booked_at"].counts == count_bins(ages)
    lengths = frame["description"].dropna().str.len()
    assert sorted(found["description"].counts.values()) == sorted(lengths.value_counts())


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.9, 1.0])
def test_quantile_is_off_by_at_most_half_a_bin(share):
    values = np.random.default_rng(1).lognormal(8, 2, 5_000)
    exact = pd.Series(values).quantile(share, interpolation="higher")
    assert quantile(count_bins(values), share) == pytest.approx(exact, rel=0.03)


@given(st.floats(min_value=0.01, max_value=1e15), st.sampled_from([-1, 1]))
def test_middle_of_a_bin_is_close_to_its_values(size, sign):
    (place,) = count_bins(np.array([sign * size]))
    assert value_of(place) == pytest.approx(sign * size, rel=0.026)


def test_column_without_a_row_has_an_empty_profile():
    assert profiles_of(TRANSACTIONS, rows_of(TRANSACTIONS, amount=[]))["amount"] == ColumnProfile(
        "amount", 0, 0, Shape.NUMBERS
    )


def test_one_customers_bookings_are_no_crowd():
    batch = rows_of(
        TRANSACTIONS,
        customer_id=["c1"] * 50 + [f"c{i}" for i in range(20)],
        category=["Anna Huber"] * 50 + ["food"] * 20,
    )
    category = profiles_of(TRANSACTIONS, batch)["category"]
    assert category.counts == {"food": 20}
    assert category.n_unnamed == 50


def test_value_of_nineteen_customers_is_not_named():
    batch = rows_of(CUSTOMERS, customer_id=[f"c{i}" for i in range(39)], branch=["Graz"] * 20 + ["Hall"] * 19)
    assert profiles_of(CUSTOMERS, batch)["branch"].counts == {"Graz": 20}


def test_extremes_are_known_only_by_the_bin_that_they_lie_in():
    incomes = [Decimal("31000.00")] * 30 + [Decimal("987654.32")]
    days = [date(2024, 12, 30)] * 30 + [date(1931, 2, 3)]
    batch = rows_of(CUSTOMERS, customer_id=[f"c{i}" for i in range(31)], annual_income=incomes, registered_at=days)
    found = profiles_of(CUSTOMERS, batch)
    for name, extreme in {"annual_income": 987654.32, "registered_at": 34_300.0}.items():
        assert found[name].counts[max(found[name].counts)] == 1
        (neighbour,) = count_bins(np.array([extreme * 1.01]))
        assert max(found[name].counts) == neighbour
    assert summary(found["annual_income"], AS_OF) == "median 30.9 k, most from 30.9 k to 30.9 k"
    assert summary(found["registered_at"], AS_OF) == "about 1931 to 2024-12-30"


@pytest.mark.parametrize("privacy", [privacy for privacy in Privacy if privacy is not Privacy.KEEP])
@pytest.mark.parametrize(
    ("kind", "value"), [(Kind.TEXT, "secret"), (Kind.DATE, date(1980, 1, 1)), (Kind.INTEGER, 4711)]
)
def test_column_that_does_not_pass_as_it_is_has_counts_and_lengths_only(privacy, kind, value):
    column = Column("x", kind, privacy, Purpose.AUDIT, "")
    profiler = ColumnProfiler(column, AS_OF)
    schema = landing_schema([column])
    profiler.add(pa.array([value] * 30 + [None], schema.field("x").type))
    profile = profiler.profile()
    assert (profile.n_rows, profile.n_missing) == (31, 1)
    assert profile.shape is (Shape.LENGTHS if kind is Kind.TEXT else Shape.NONE)
    assert sum(profile.counts.values()) == (30 if kind is Kind.TEXT else 0)
    assert all(isinstance(key, int) for key in profile.counts)
