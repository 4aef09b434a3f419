"""Seconds of scoring, rules and ranking, next to a bare selection, implicit's top-k and LightFM's own prediction.

python -m bench.ranking --customers 1000000 --out ranking.json
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import command
from bench.made_bank import (
    AS_OF,
    BLOCK,
    N_FACTORS,
    N_PRODUCTS,
    TOP_N,
    made_adviser,
    made_catalogue,
    made_customers,
)
from bench.markers import with_verdict
from bench.stopwatch import timed
from recsys.features.encoder import held_products
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eligibility import eliminate
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.top_n import rank_top_n

# LightFM predicts one customer at a time; a thousand tell its speed.
N_FOR_LIGHTFM = 1_000
TARGET_RATE, TARGET_SECONDS, TARGET_SECONDS_WITH_REASONS = 100_000, 5, 30
_CORE = ("score", "rules", "rank")


class Stopwatch:
    """Seconds by part, added up over blocks."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, part: str, act: Callable[[], Any]) -> Any:
        """What `act` returns."""
        result, seconds = timed(act)
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds
        return result


def measure(n: int) -> dict[str, Any]:
    """Seconds of each part over `n` customers, one block of them at a time, and of the peers on the same blocks."""
    catalogue = made_catalogue()
    some = made_customers(BLOCK)
    adviser = made_adviser(some, catalogue)
    encoder = adviser.champion.encoder  # type: ignore[attr-defined]
    ours, peers = Stopwatch(), Stopwatch()
    reset_peak_memory()
    before = peak_memory_bytes()
    for first in range(0, n, BLOCK):
        block = made_customers(min(BLOCK, n - first), seed=first, first=first)
        encoded = ours.time("encode", partial(encoder.transform, block))
        facts = ours.time("facts", partial(build_rule_facts, block, catalogue))
        scores = ours.time("score", partial(adviser.champion.score, encoded))
        mask = ours.time("rules", partial(eliminate, facts, catalogue, AS_OF))
        ours.time("rank", partial(rank_top_n, scores, mask == 0, TOP_N))
        ours.time("all_with_reasons", partial(adviser.recommend, encoded, facts, np.ones(len(encoded), np.bool_)))
        _time_peers(peers, scores, mask != 0)
    memory = peak_memory_bytes() - before
    of_lightfm = _lightfm(catalogue, min(n, N_FOR_LIGHTFM))
    seconds = ours.seconds
    with_reasons = seconds["all_with_reasons"]
    return {
        "customers": n,
        "products": N_PRODUCTS,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "core_seconds": {
            "scores, rules and top-N": round(sum(seconds[name] for name in _CORE), 2),
            **{name: round(value, 2) for name, value in peers.seconds.items()},
        },
        "customers_per_second": {
            "scoring, rules and ranking": round(n / sum(seconds[name] for name in _CORE)),
            "with reasons": round(n / with_reasons),
            "with reasons, encoding and rule facts": round(n / (with_reasons + seconds["encode"] + seconds["facts"])),
            "LightFM.predict per customer, no rules": round(min(n, N_FOR_LIGHTFM) / of_lightfm),
        },
        "seconds_with_reasons": round(with_reasons + seconds["encode"] + seconds["facts"], 2),
        "memory_mb": round(memory / 1e6),
    }


def part_rows(measured: dict[str, Any]) -> list[list[str]]:
    """The lines for the table of parts with a target."""
    (_, rate), *slower = measured["customers_per_second"].items()
    (_, seconds), *peers = measured["core_seconds"].items()
    return [
        [
            "scoring, rules and ranking, customers/s",
            with_verdict(f"{rate:,}", is_met=rate >= TARGET_RATE),
            f"{TARGET_RATE:,}",
            _beside(slower),
        ],
        [
            f"scores, rules and top {TOP_N} of {measured['customers']:,} customers, s",
            with_verdict(f"{seconds:.2f}", is_met=seconds < TARGET_SECONDS),
            f"under {TARGET_SECONDS}",
            _beside(peers),
        ],
        [
            f"the same with reasons for every row, encoding and rule facts, s; {measured['memory_mb']:,} MB",
            f"{measured['seconds_with_reasons']:.2f}",
            f"under {TARGET_SECONDS_WITH_REASONS}",
            f"plain scoring of the same blocks: {measured['seconds']['score']:,.2f}",
        ],
    ]


def _beside(peers: list[tuple[str, float]]) -> str:
    return "; ".join(f"{label}: {value:,}" for label, value in peers)


def _time_peers(peers: Stopwatch, scores: NDArray[np.float32], is_refused: NDArray[np.bool_]) -> None:
    """What others need for the top N alone: no rules are evaluated, the filter is given to them."""
    from implicit.cpu.topk import topk
    from scipy import sparse

    def argpartition() -> None:
        np.argpartition(np.where(is_refused, np.float32(np.inf), -scores), TOP_N, axis=1)[:, :TOP_N]

    random = np.random.default_rng(7)
    customers = random.normal(size=(len(scores), N_FACTORS)).astype(np.float32)
    products = random.normal(size=(N_PRODUCTS, N_FACTORS)).astype(np.float32)
    refused = sparse.csr_matrix(is_refused, dtype=np.float32)
    peers.time("numpy.argpartition of masked scores alone", argpartition)
    peers.time("implicit.cpu.topk without a filter", partial(topk, products, customers, TOP_N))
    filtered = partial(topk, products, customers, TOP_N, filter_query_items=refused)
    peers.time("implicit.cpu.topk with its filter by customer", filtered)


def _lightfm(catalogue: Catalogue, n: int) -> float:
    """Seconds in which LightFM itself predicts for `n` customers, one at a time."""
    from lightfm import LightFM
    from scipy import sparse

    held = held_products(made_customers(n), catalogue.product_ids)
    model = LightFM(no_components=N_FACTORS, loss="warp", random_state=7)
    model.fit(sparse.coo_matrix(held.astype(np.float32)), epochs=1, num_threads=1)
    products = np.arange(N_PRODUCTS)

    def predict() -> None:
        for customer in range(n):
            np.argpartition(-model.predict(customer, products), TOP_N)

    return timed(predict)[1]


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 1_000_000)
