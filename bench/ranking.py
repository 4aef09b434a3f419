"""Seconds of scoring, rules and ranking by three kinds of champion, next to what others take for a part of it.

python -m bench.ranking --customers 1000000 --out ranking.json
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import command
from bench.made_bank import AS_OF, BLOCK, N_FACTORS, N_PRODUCTS, TOP_N, made_catalogue, made_customers
from bench.made_champions import made_advisers
from bench.markers import with_verdict
from bench.stopwatch import timed
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder, held_products
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.models.trees import TreesRecommender, tree_columns
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import RuleFacts
from recsys.ranking.eligibility import eliminate
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.scoring import Adviser
from recsys.ranking.top_n import rank_top_n

N_LEARNED_FROM = 20_000
# LightFM predicts one customer at a time; a thousand tell its speed.
N_FOR_LIGHTFM = 1_000
TARGET_RATE, TARGET_SECONDS, TARGET_SECONDS_WITH_REASONS = 100_000, 5, 30


class Stopwatch:
    """Seconds by part, added up over blocks."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def time(self, part: str, act: Callable[[], Any]) -> Any:
        """What `act` returns."""
        result, seconds = timed(act)
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds
        return result


def measure(n: int, n_learned_from: int = N_LEARNED_FROM) -> dict[str, Any]:
    """Seconds of each part over `n` customers, one block of them at a time, and of the peers on the same blocks."""
    catalogue = made_catalogue()
    advisers = made_advisers(n_learned_from, catalogue)
    for adviser in advisers.values():
        # What a model makes of itself the first time it makes once, however many customers there are.
        adviser.recommend(*_one_customer(adviser, catalogue), np.ones(1, np.bool_))
    shared, peers = Stopwatch(), Stopwatch()
    of_kinds = {kind: Stopwatch() for kind in advisers}
    reset_peak_memory()
    before = peak_memory_bytes()
    for first in range(0, n, BLOCK):
        block = made_customers(min(BLOCK, n - first), seed=first, first=first)
        encoded = shared.time("encode", partial(_encoder(advisers["trees"]).transform, block))
        facts = shared.time("facts", partial(build_rule_facts, block, catalogue))
        is_permitted = shared.time("rules", partial(eliminate, facts, catalogue, AS_OF)) == 0
        for kind, adviser in advisers.items():
            scores = of_kinds[kind].time("score", partial(adviser.champion.score, encoded))
            of_kinds[kind].time("rank", partial(rank_top_n, scores, is_permitted, TOP_N))
            whole = partial(adviser.recommend, encoded, facts, np.ones(len(encoded), np.bool_))
            of_kinds[kind].time("all with reasons", whole)
        _time_peers(peers, scores, ~is_permitted)
    memory = peak_memory_bytes() - before
    n_lightfm, n_lightgbm = min(n, N_FOR_LIGHTFM), min(n, BLOCK)
    return {
        "customers": n,
        "products": N_PRODUCTS,
        "learned_from": n_learned_from,
        "seconds": {
            **_rounded(shared.seconds),
            **{kind: _rounded(watch.seconds) for kind, watch in of_kinds.items()},
        },
        "peers": _rounded(peers.seconds),
        "peer_customers_per_second": {
            "LightFM.predict per customer": round(n_lightfm / _lightfm(catalogue, n_lightfm)),
            "LightGBM's own prediction": round(n_lightgbm / _lightgbm(advisers["trees"], n_lightgbm)),
        },
        "memory_mb": round(memory / 1e6),
    }


def core_seconds(measured: dict[str, Any], kind: str) -> float:
    """Seconds of scores, rules and top N."""
    seconds = measured["seconds"]
    return float(seconds[kind]["score"] + seconds["rules"] + seconds[kind]["rank"])


def seconds_with_reasons(measured: dict[str, Any], kind: str) -> float:
    """Seconds of everything, from rows of the marts to ranked products with reasons."""
    seconds = measured["seconds"]
    return float(seconds["encode"] + seconds["facts"] + seconds[kind]["all with reasons"])


def part_rows(measured: dict[str, Any]) -> list[list[str]]:
    """The lines for the table of parts with a target."""
    n, rates = measured["customers"], measured["peer_customers_per_second"]
    rate = round(n / core_seconds(measured, "inductive"))
    beside = {
        "inductive": measured["peers"],
        "trees": {"LightGBM's own prediction": round(n / rates["LightGBM's own prediction"], 1)},
        "blend": {},
    }
    return [
        [
            "scoring, rules and ranking by the inductive hybrid, customers/s",
            with_verdict(f"{rate:,}", is_met=rate >= TARGET_RATE),
            f"{TARGET_RATE:,}",
            _beside({"LightFM.predict per customer, no rules": rates["LightFM.predict per customer"]}),
        ],
        *(
            _row(measured, kind, f"scores, rules and top {TOP_N}", core_seconds, TARGET_SECONDS, peers)
            for kind, peers in beside.items()
        ),
        *(
            _row(
                measured,
                kind,
                f"encoding, rule facts, scores, rules, top {TOP_N} and reasons for every row",
                seconds_with_reasons,
                TARGET_SECONDS_WITH_REASONS,
                {},
            )
            for kind in beside
        ),
    ]


def _row(
    measured: dict[str, Any],
    kind: str,
    what: str,
    seconds_of: Callable[[dict[str, Any], str], float],
    target: int,
    peers: dict[str, float],
) -> list[str]:
    seconds = seconds_of(measured, kind)
    return [
        f"{what} of {measured['customers']:,} customers by `{kind}`, s",
        with_verdict(f"{seconds:.2f}", is_met=seconds < target),
        f"under {target}",
        _beside({"plain scoring": measured["seconds"][kind]["score"], **peers}),
    ]


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {part: round(value, 3) for part, value in seconds.items()}


def _beside(peers: dict[str, float]) -> str:
    return "; ".join(f"{label}: {value:,}" for label, value in peers.items())


def _encoder(adviser: Adviser) -> CustomerEncoder:
    encoder: CustomerEncoder = adviser.champion.encoder  # type: ignore[attr-defined]
    return encoder


def _one_customer(adviser: Adviser, catalogue: Catalogue) -> tuple[CustomerBlock, RuleFacts]:
    one = made_customers(1)
    return _encoder(adviser).transform(one), build_rule_facts(one, catalogue)


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


def _lightgbm(adviser: Adviser, n: int) -> float:
    """Seconds in which LightGBM itself predicts for `n` customers, on all cores."""
    from lightgbm import Booster

    model: TreesRecommender = adviser.champion  # type: ignore[assignment]
    booster = Booster(model_str=model.trees)
    columns = tree_columns(model.encoder, model.encoder.transform(made_customers(n)))
    return timed(lambda: booster.predict(columns, raw_score=True))[1]


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 1_000_000)
