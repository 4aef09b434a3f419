"""Planted rows that break the contract, and what the quarantine says of them."""

from __future__ import annotations

from bench.cleaning.bank import Bank


def measure(bank: Bank) -> tuple[int, int, int]:
    """Planted faults, how many are in quarantine with their true column and rule, and other rows there."""
    truth = {(row["table"], row["line"], row["column"], row["rule"]) for row in bank.truth("dirt").to_pylist()}
    names = ("table_name", "line", "column_name", "rule")
    found = {tuple(row[name] for name in names) for row in bank.refused_lines().to_pylist()}
    return len(truth), len(truth & found), len(found - truth)
