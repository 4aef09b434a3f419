"""Pairs of customers and their match weights, by Splink on a DuckDB that stays in memory."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage_blocking import BLOCKING
from recsys.cleaning.linkage_comparisons import COMPARISONS, Weights, column_name, comparison_settings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import DuckDBAPI, Linker

# Of two random customers of a bank with n, one pair in so many is a person twice: 4 % have a second registration.
_DUPLICATES_PER_CUSTOMER = 0.02
_CUSTOMERS_AT_LEAST = 2_000
# A name's frequency leans on the average as if so many customers more were known: a few hundred say little of names.
_AVERAGE_CUSTOMERS = 1_000
_FREQUENCY_COLUMNS = {"given": "given name", "family": "family name"}


@dataclass(frozen=True, slots=True)
class Resources:
    """What linkage may use. It never writes to disk: where the memory is not enough, it fails."""

    threads: int = 2
    memory_mb: int = 4_000


def score_pairs(columns: pa.Table, weights: Weights, least_probability: float, resources: Resources) -> pa.Table:
    """Pairs of rows of `linkage_columns` that are one person with at least this probability.

    Columns: `left` < `right` (row numbers), `weight` (bits), `probability`, and for each comparison the number of its
    grade (`gamma_…`, -1 where something is missing) and its bits (`mw_…`, and `mw_tf_adj_…` for the names' rarity).
    """
    with open_linker(columns, weights, BLOCKING, resources) as linker:
        found = linker.inference.predict(threshold_match_probability=least_probability, warning_mode="never")
        return _pairs(found.as_pyarrow_table())  # type: ignore[no-untyped-call]


def score_among(
    columns: pa.Table,
    weights: Weights,
    rows: Sequence[int],
    resources: Resources,
    blocking: Sequence[Sequence[str]] = (("is_asked",),),
) -> pa.Table:
    """As `score_pairs`, for all pairs of a few `rows` of `columns` however unlikely; by default, all.

    Names are as rare and persons as many as in all of `columns`.
    """
    frequencies = {name: _frequencies(columns, name, weights) for name in _FREQUENCY_COLUMNS}
    few = columns.take(pa.array(sorted(set(rows)), pa.int64()))
    with open_linker(few, weights, blocking, resources, frequencies, columns.num_rows) as linker:
        return _pairs(linker.inference.predict(warning_mode="never").as_pyarrow_table())  # type: ignore[no-untyped-call]


def count_candidates(columns: pa.Table, weights: Weights, resources: Resources) -> int:
    """How many pairs of `columns` `score_pairs` compares."""
    with open_linker(columns, weights, BLOCKING, resources) as linker:
        blocked = linker.inference.compute_blocked_pairs_for_predict()
        return int(blocked.as_duckdbpyrelation().count("*").fetchall()[0][0])


@contextmanager
def open_linker(
    columns: pa.Table,
    weights: Weights,
    blocking: Sequence[Sequence[str]],
    resources: Resources,
    frequencies: dict[str, pa.Table] | None = None,
    n_customers: int | None = None,
) -> Iterator[Linker]:
    """A Splink linker over `columns`; frequencies and number of customers are theirs unless given."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frequencies = frequencies or {name: _frequencies(columns, name, weights) for name in _FREQUENCY_COLUMNS}
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparison_settings(weights),
        blocking_rules_to_generate_predictions=[block_on(*names) for names in blocking],
        probability_two_random_records_match=prior(n_customers or columns.num_rows),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        linker_uid="linkage",
    )
    with database(resources) as connection:
        api = DuckDBAPI(connection)
        asked = columns.append_column("is_asked", pa.array([True] * columns.num_rows))
        linker = Linker(api.register(asked), settings, log_level=None, validate_settings=False)
        for name, table in frequencies.items():
            register_frequencies(linker, api, name, table)
        yield linker


def prior(n_customers: int) -> float:
    """The probability that two random customers out of `n_customers` are one person."""
    return 2 * _DUPLICATES_PER_CUSTOMER / max(n_customers, _CUSTOMERS_AT_LEAST)


@contextmanager
def database(resources: Resources) -> Iterator[DuckDBPyConnection]:
    """A DuckDB without any file: nothing of what it holds reaches the disk or the network."""
    import duckdb

    logging.getLogger("splink").setLevel(logging.ERROR)
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{resources.memory_mb}MB",
        "threads": resources.threads,
    }
    with duckdb.connect(":memory:", config=limits) as connection:
        for statement in (
            "set temp_directory = ''",
            "set autoinstall_known_extensions = false",
            "set autoload_known_extensions = false",
            "set enable_external_access = false",
            "set enable_progress_bar = false",
            "set lock_configuration = true",
        ):
            connection.execute(statement)
        yield connection


def register_frequencies(linker: Linker, api: DuckDBAPI, name: str, table: pa.Table) -> None:
    """Let `linker` weigh values of the column `name` by how rare they are."""
    linker.table_management.register_term_frequency_lookup(api.register(table), name)


def _frequencies(columns: pa.Table, name: str, weights: Weights) -> pa.Table:
    average = weights[_FREQUENCY_COLUMNS[name]][0][1]
    counted = pc.value_counts(columns[name].combine_chunks().drop_null())
    counts = counted.field("counts").cast(pa.float64())
    total = pc.sum(counts).as_py() or 0.0
    shares = pc.divide(pc.add(counts, _AVERAGE_CUSTOMERS * average), total + _AVERAGE_CUSTOMERS)
    return pa.table({name: counted.field("values"), f"tf_{name}": shares})


def _pairs(predictions: pa.Table) -> pa.Table:
    grades = [f"gamma_{column_name(comparison)}" for comparison in COMPARISONS]
    bits = [name for name in predictions.column_names if name.startswith("mw_")]
    found: dict[str, Any] = {
        "left": pc.min_element_wise(predictions["unique_id_l"], predictions["unique_id_r"]),
        "right": pc.max_element_wise(predictions["unique_id_l"], predictions["unique_id_r"]),
        "weight": predictions["match_weight"],
        "probability": predictions["match_probability"],
    }
    found |= {name: predictions[name] for name in (*grades, *bits)}
    return pa.table(found).sort_by([("left", "ascending"), ("right", "ascending")]).combine_chunks()
