"""Minutes, memory and pairs of finding the demo bank's duplicates, next to the exact rules alone, and how true it is.

python -m bench.linkage --customers 200000 --out linkage.json
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from bench import command
from recsys.cleaning.linkage import LinkageOptions
from recsys.cleaning.linkage_columns import LINKED_COLUMNS, linkage_columns
from recsys.cleaning.linkage_scoring import Resources, count_candidates
from recsys.cleaning.persons import evidence_of, exact_pairs
from recsys.cleaning.resolution import CustomerRows, Resolution
from recsys.feed.demo.block import draw_block
from recsys.feed.demo.registrations import customer_table
from recsys.feed.demo.truth import duplicate_rows
from recsys.io.memory import peak_memory_bytes, reset_peak_memory

AS_OF, SEED, BLOCK = date(2026, 1, 1), 7, 5_000
Pairs = set[tuple[str, str]]


def demo_customers(n_customers: int) -> tuple[pa.Table, pa.Table]:
    """Rows of customers, and the truth about who is registered again."""
    customers, truth = [], []
    for place, seed in enumerate(np.random.SeedSequence(SEED).spawn(max(1, n_customers // BLOCK))):
        rng = np.random.default_rng(seed)
        block = draw_block(rng, 1 + place * BLOCK, BLOCK, AS_OF)
        customers.append(customer_table(rng, block))
        truth.append(duplicate_rows(block))
    return pa.concat_tables(customers), pa.concat_tables(truth)


def measure(n_customers: int) -> dict[str, Any]:
    """Find who is one person among so many."""
    customers, truth = demo_customers(n_customers)
    batches = customers.combine_chunks().to_batches(max_chunksize=1 << 16)
    exact_seconds = _exact_seconds(batches)
    reset_peak_memory()
    began = time.perf_counter()
    rows = CustomerRows()
    for batch in batches:
        rows.add(batch)
    found = rows.resolve(LinkageOptions())
    seconds = time.perf_counter() - began
    peak = peak_memory_bytes()
    joined, same = _joined(found), _same(found, truth)
    columns = linkage_columns(customers.filter(pa.array(found.is_latest)).select(list(LINKED_COLUMNS)))
    return {
        "customers": len(found.customer_ids),
        "seconds": {"linkage": round(seconds, 1), "exact rules alone": round(exact_seconds, 1)},
        "peak_memory_mb": round(peak / 1e6),
        "pairs_compared": count_candidates(columns, found.weights, Resources()),
        "pairs_of_the_truth": len(same),
        "pairs_joined": len(joined),
        "precision": round(len(joined & same) / len(joined), 4),
        "recall": round(len(joined & same) / len(same), 4),
    }


def sentence(figures: dict[str, Any]) -> str:
    """The figures for `docs/performance.md`."""
    seconds = figures["seconds"]
    return (
        f"Linkage of {figures['customers']:,} customers took {seconds['linkage'] / 60:.1f} minutes and "
        f"{figures['peak_memory_mb']:,} MB, learning its weights included; it compared {figures['pairs_compared']:,} "
        f"pairs. The exact rules alone took {seconds['exact rules alone']:.1f} seconds. Against the demo bank's truth "
        f"its pairwise precision is {figures['precision']:.3f} and its recall {figures['recall']:.3f}."
    )


def _exact_seconds(batches: list[pa.RecordBatch]) -> float:
    began = time.perf_counter()
    ids = pa.chunked_array([batch["customer_id"] for batch in batches]).combine_chunks().dictionary_encode()
    parts = [evidence_of(batch["national_id"], batch["email"], batch["birth_date"]) for batch in batches]
    joined = []
    for rule in zip(*parts, strict=True):
        hashes, has_value = (np.concatenate([getattr(one, name) for one in rule]) for name in ("hashes", "has_value"))
        joined.append(type(rule[0])(rule[0].rule, hashes, has_value))
    exact_pairs(ids.indices.to_numpy().astype(np.int64), joined)
    return time.perf_counter() - began


def _joined(found: Resolution) -> Pairs:
    return _pairs(found.customer_ids.to_pylist(), found.persons.representative.tolist())


def _same(found: Resolution, truth: pa.Table) -> Pairs:
    first = dict(zip(truth["customer_id"].to_pylist(), truth["same_as"].to_pylist(), strict=True))
    ids = found.customer_ids.to_pylist()
    return _pairs(ids, [first.get(customer_id, customer_id) for customer_id in ids])


def _pairs(customer_ids: list[str], persons: Iterable[object]) -> Pairs:
    members = defaultdict(list)
    for customer_id, person in zip(customer_ids, persons, strict=True):
        members[person].append(customer_id)
    return {pair for ids in members.values() for pair in combinations(sorted(ids), 2)}


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 200_000)
