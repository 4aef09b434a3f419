"""Rows per second of writing a publication aside, of its keys and of the switch, next to a bare COPY.

    python -m bench.publishing --customers 200000 --out publishing.json

A PostgreSQL of its own runs for as long as it takes, in a temporary home.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from bench import command
from bench.made_bank import AS_OF, BLOCK, TOP_N, made_adviser, made_catalogue, made_customers
from recsys.explanation.phrases import ENGLISH
from recsys.io import cluster, migrate
from recsys.io.arrow_copy import write_table
from recsys.io.decision_facts import DecisionWriter
from recsys.io.partitions import (
    ELIMINATIONS,
    FACTS,
    ROWS,
    attach_partitions,
    create_partitions,
    partition,
    partition_name,
    seal_partitions,
)
from recsys.io.postgres import Connection, Database, open_database
from recsys.io.publication_rows import elimination_table, recommendation_table
from recsys.io.publications import create_publication, mark_published, point_to, write_reasons
from recsys.io.runs import run_of
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.rules.registry import rules_version
from recsys.ranking.scoring import Adviser, Recommended
from recsys.settings import Settings
from recsys.steps.runner import start_run


def measure(n: int) -> dict[str, Any]:
    """Seconds of each part for a publication of `n` customers."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        cluster.start(settings)
        try:
            migrate.prepare_database(settings)
            start_run(run_of("bench", "bench", AS_OF, TOP_N, "never"), settings)
            return _publish(open_database(settings), n)
        finally:
            cluster.stop(settings)


def _publish(database: Database, n: int) -> dict[str, Any]:
    catalogue = made_catalogue()
    customers = made_customers(n)
    adviser = made_adviser(customers, catalogue)
    seconds: dict[str, float] = {}
    sets = EliminationSets(catalogue)
    n_rows = n_eliminations = 0
    with database.connect("publisher") as connection:
        publication_id = begin(connection, adviser)
        decisions = DecisionWriter(connection, publication_id)
        for start in range(0, n, BLOCK):
            persons = customers.slice(start, BLOCK).combine_chunks()
            keys, block = persons["person_key"].combine_chunks(), recommended(adviser, persons)
            rows = partial(_write_rows, connection, publication_id, keys, block, adviser)
            n_rows += _timed(seconds, "recommendations", rows)
            eliminations = partial(_write_eliminations, connection, publication_id, keys, block, sets)
            n_eliminations += _timed(seconds, "eliminations", eliminations)
            _timed(seconds, "decision facts", partial(decisions.write, pa.table(persons)))
        _timed(seconds, "keys and analyze", lambda: seal_partitions(connection, publication_id))
    _timed(seconds, "switch", lambda: switch(database, publication_id))
    n_bytes = {table: _bytes_of(database, table, publication_id) for table in (ROWS, ELIMINATIONS, FACTS)}
    return {
        "customers": n,
        "rows": n_rows,
        "eliminations": n_eliminations,
        "bytes_per_row": {
            "recommendation with its key": round(n_bytes[ROWS] / n_rows, 1),
            "customer for eliminations, with the key": round(n_bytes[ELIMINATIONS] / n_eliminations, 1),
            "customer for what decisions rested on, with the key": round(n_bytes[FACTS] / n, 1),
        },
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "rows_per_second": {
            "recommendations, before keys": round(n_rows / seconds["recommendations"]),
            "eliminations, before keys": round(n_eliminations / seconds["eliminations"]),
            "bare COPY of ready CSV, four narrow columns": round(n_rows / _bare_copy(database, n_rows)),
        },
    }


def _bytes_of(database: Database, table: str, publication_id: int) -> int:
    """What a partition takes on disk with its key."""
    with database.connect("publisher") as connection:
        row = connection.execute(
            "select pg_total_relation_size(%s)", [f"serving.{partition_name(table, publication_id)}"]
        ).fetchone()
    assert row is not None
    return int(row[0])


def begin(connection: Connection, adviser: Adviser) -> int:
    """A new publication of the run `bench`, with its reasons and its empty partitions aside."""
    publication_id = create_publication(
        connection,
        "bench",
        model_name="inductive",
        model_version="bench",
        rules_version=rules_version(adviser.catalogue),
        as_of=AS_OF,
        top_n=TOP_N,
        adjustments={},
    )
    create_partitions(connection, publication_id)
    write_reasons(connection, publication_id, adviser.reasons, [ENGLISH])
    return publication_id


def recommended(adviser: Adviser, persons: pa.Table) -> Recommended:
    """What is offered and refused to a block of persons, all of them profiled."""
    encoded = adviser.champion.encoder.transform(persons)  # type: ignore[attr-defined]
    facts = build_rule_facts(persons, adviser.catalogue)
    return adviser.recommend(encoded, facts, np.ones(len(encoded), np.bool_))


def _write_rows(
    connection: Connection, publication_id: int, keys: pa.StringArray, block: Recommended, adviser: Adviser
) -> int:
    rows = recommendation_table(keys, block, adviser.catalogue)
    return write_table(connection, partition(ROWS, publication_id), rows, freeze=True)


def _write_eliminations(
    connection: Connection, publication_id: int, keys: pa.StringArray, block: Recommended, sets: EliminationSets
) -> int:
    rows = elimination_table(keys, sets.number(block.mask))
    return write_table(connection, partition(ELIMINATIONS, publication_id), rows, freeze=True)


def switch(database: Database, publication_id: int) -> None:
    """Let readers see a publication that stands aside."""
    with database.connect("publisher") as connection:
        attach_partitions(connection, publication_id)
        mark_published(connection, publication_id, timedelta(days=7))
        point_to(connection, publication_id)


def _bare_copy(database: Database, n_rows: int) -> float:
    """Seconds for as many rows of four numbers, written as CSV beforehand."""
    numbers = np.arange(n_rows, dtype=np.int64)
    sink = io.BytesIO()
    table = pa.table({"a": numbers, "b": numbers % 5, "c": numbers % 24, "d": (numbers % 1000) / 1000})
    pa_csv.write_csv(table, sink, pa_csv.WriteOptions(include_header=False))
    with database.connect("admin") as connection:
        connection.execute("create table public.bare (a bigint, b smallint, c smallint, d real)")
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("copy public.bare from stdin (format csv)") as copy:
            copy.write(sink.getbuffer())
        return time.perf_counter() - began


def _timed(seconds: dict[str, float], name: str, act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = act()
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
    return result


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 200_000)
