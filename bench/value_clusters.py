"""Value clusters for documents: what a home has been proposed, and what Berka's districts and codes would be.

python -m bench.value_clusters --home HOME              proposals of a home, with counts
python -m bench.value_clusters --public-data FOLDER     Berka's districts and codes, which its feed does not carry
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bench.markers import table
from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_clusters import propose_clusters
from recsys.io.postgres import Database, open_database
from recsys.io.value_clusters import count_clusters, read_clusters
from recsys.settings import Settings

_SHOWN = 12


def counts_table(database: Database) -> str:
    """Values and rows of every column by method and state."""
    with database.connect("engineer") as connection:
        rows = count_clusters(connection)
    lines = [
        [_column_of(row), row["method"], row["state"], f"{row['n_values']:,}", f"{row['n_rows']:,}"] for row in rows
    ]
    return table(["column", "method", "state", "values", "rows"], lines)


def proposals_table(database: Database, columns: Sequence[tuple[str, str]], shown: int = _SHOWN) -> str:
    """For each column the proposals with most rows of each method: value, what it becomes, rows of both."""
    lines: list[list[str]] = []
    with database.connect("engineer") as connection:
        for column in columns:
            n_shown: Counter[str] = Counter()
            for row in read_clusters(connection, column):
                n_shown[row["method"]] += 1
                if n_shown[row["method"]] <= shown:
                    counts = [f"{row['n_rows']:,}", f"{row['n_canonical_rows']:,}", row["state"]]
                    lines.append([_column_of(row), row["value"], row["canonical"], row["method"], *counts])
    return table(["column", "value", "becomes", "method", "rows", "rows of it", "state"], lines)


def berka_table(public_data: Path) -> str:
    """Distinct values, rows and proposals of Berka's districts (by their accounts) and of its codes (by their rows)."""
    folder = public_data / "berka"
    names = _read(folder / "district.asc").set_index("A1")
    accounts = _read(folder / "account.asc")
    values = {f"district {name}": accounts["district_id"].map(names[column]) for name, column in _DISTRICT.items()}
    values["account frequency"] = accounts["frequency"]
    values |= {f"trans {name}": _read(folder / "trans.asc")[name] for name in ("type", "operation", "k_symbol", "bank")}
    values["order k_symbol"] = _read(folder / "order.asc")["k_symbol"]
    return table(["column", "distinct values", "rows", "proposals"], [_line(*item) for item in values.items()])


_DISTRICT = {"name (A2)": "A2", "region (A3)": "A3"}


def _column_of(row: dict[str, Any]) -> str:
    return f"`{row['table_name']}.{row['column_name']}`"


def _line(name: str, values: pd.Series) -> list[str]:
    counts = values[values.str.strip() != ""].value_counts()
    found = propose_clusters(Spelling(text, int(n), int(n)) for text, n in counts.items())
    shown = "; ".join(f"{one.value} → {one.canonical} ({one.n_rows:,})" for one in found) or "none"
    return [name, f"{len(counts):,}", f"{counts.sum():,}", shown]


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", dtype=str, encoding="latin-1", keep_default_na=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--public-data", type=Path)
    arguments = parser.parse_args()
    if arguments.home:
        home = open_database(Settings(home=arguments.home))
        print(counts_table(home), "", sep="\n")
        print(proposals_table(home, [("customers", "occupation"), ("transactions", "merchant")]))
    if arguments.public_data:
        print(berka_table(arguments.public_data))
