"""Spellings of one value that clustering proposes to merge, next to the truth."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from bench.cleaning.bank import Bank

STRICTEST = "fingerprint"


@dataclass(frozen=True, slots=True)
class Column:
    """Of one column: spellings that are there, proposals about known values, right ones; the same for the strictest
    method.

    `n_hidden` spellings are not: they were never drawn, were standardised, or redacted because they look like a name.
    """

    name: str
    n_variants: int
    n_hidden: int
    n_proposed: int
    n_right: int
    n_strict: int
    n_strict_right: int
    n_others: int
    missed: tuple[str, ...]
    wrong: tuple[str, ...]


def measure_inside(bank: Bank) -> list[Column]:
    """Towns, after `resolve_customers` and as long as they are in the landing."""
    return [_measure(bank, "customers", "city", set(bank.landed("customers", ["city"])["city"].to_pylist()))]


def measure(bank: Bank) -> list[Column]:
    """Occupations and merchants, after `cluster_values`."""
    places = (("customers", "occupation"), ("transactions", "merchant"))
    return [_measure(bank, *place, _in_raw(bank, *place)) for place in places]


def _in_raw(bank: Bank, table: str, column: str) -> set[str]:
    with bank.database.connect("transform") as connection:
        query = sql.SQL("select distinct {} from raw.{} where {} is not null").format(
            sql.Identifier(column), sql.Identifier(table), sql.Identifier(column)
        )
        return {value for (value,) in connection.execute(query).fetchall()}


def _measure(bank: Bank, table: str, column: str, present: set[str]) -> Column:
    canonical = _canonical(bank.truth("variants"), column)
    with bank.database.connect("transform") as connection:
        proposals = connection.execute(
            "select value, canonical, method from ops.value_clusters where table_name = %s and column_name = %s",
            [table, column],
        ).fetchall()
    written = {value for value, to in canonical.items() if value != to}
    variants = written & present
    about = [row for row in proposals if row[0] in canonical]
    right = {value for value, to, _ in about if canonical[value] == canonical.get(to)}
    strict = {value for value, _, method in about if method == STRICTEST}
    return Column(
        f"{table}.{column}",
        len(variants),
        len(written - present),
        len(about),
        len(right & variants),
        len(strict),
        len(strict & right & variants),
        len(proposals) - len(about),
        tuple(sorted(variants - right)),
        tuple(sorted(f"{value} → {to}" for value, to, _ in about if value not in right)),
    )


def _canonical(truth: pa.Table, column: str) -> dict[str, str]:
    """What each spelling stands for, as standardising leaves it."""
    rows = [row for row in truth.to_pylist() if row["column"] == column]
    return {" ".join(row["written"].split()): row["canonical"] for row in rows}
