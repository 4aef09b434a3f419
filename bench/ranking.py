"""Customers per second of scoring, rules and ranking, next to LightFM's own prediction and implicit's bare top-k.

python -m bench.ranking --customers 200000 --out ranking.json
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from bench import command
from recsys.features.encoder import fit_encoder, held_products
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.models.factors import FactorRecommender, Identities
from recsys.models.popularity import PopularityRecommender
from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.eligibility import eliminate
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.scoring import Adviser
from recsys.ranking.top_n import rank_top_n

AS_OF = date(2026, 6, 30)
BLOCK = 50_000
N_PRODUCTS, N_FACTORS, TOP_N = 24, 24, 5
# LightFM predicts one customer at a time; a thousand tell its speed.
N_FOR_LIGHTFM = 1_000


def made_customers(n: int, seed: int = 7) -> pa.Table:
    """Persons as the marts hold them, at random."""
    random = np.random.default_rng(seed)
    holdings = random.random((n, N_PRODUCTS)) < 0.12
    ids = np.array([f"p{number:02d}" for number in range(N_PRODUCTS)], dtype=object)
    lists = pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], np.cumsum(holdings.sum(axis=1))]).astype(np.int32)),
        pa.array(np.tile(ids, n)[holdings.ravel()], pa.string()),
    )
    text = {name: np.array(values, dtype=object) for name, values in _TEXTS.items()}
    return pa.table(
        {
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(n)],
            **{name: pa.array(random.choice(values, n)) for name, values in text.items()},
            "birth_year": random.integers(1935, 2012, n).astype(np.float64),
            "birth_year_to": pa.nulls(n, pa.float64()),
            "age_years": random.integers(14, 91, n).astype(np.float64),
            "annual_income": random.lognormal(10.4, 0.6, n),
            "tenure_days": random.integers(0, 9000, n).astype(np.float64),
            "spend_365d": random.lognormal(9.8, 0.7, n),
            "risk_tolerance": random.integers(1, 8, n).astype(np.float64),
            "knowledge_level": random.integers(0, 6, n).astype(np.float64),
            "loss_capacity": random.integers(0, 6, n).astype(np.float64),
            "horizon_years": random.integers(0, 30, n).astype(np.float64),
            "is_in_arrears": random.random(n) < 0.03,
            "answered_date": pa.repeat(pa.scalar(AS_OF, pa.date32()), n),
            "held_product_ids": lists,
        }
    )


_TEXTS = {
    "status": ["active"] * 19 + ["closed"],
    "country": ["AT", "AT", "DE", "CH"],
    "segment": ["retail", "private", "student"],
    "education": ["primary", "secondary", "tertiary"],
    "employment_status": ["employed", "self-employed", "retired", "student"],
    "investment_goal": ["retirement", "home", "wealth", "safety"],
}


def made_catalogue() -> Catalogue:
    """Twenty-four products of which most carry limits."""
    return Catalogue(
        tuple(
            Product(
                f"p{number:02d}",
                f"Product {number}",
                ("account", "loan", "fund", "card")[number % 4],
                risk_class=number % 7 + 1 if number % 4 == 2 else None,
                min_age=18 if number % 2 else None,
                max_age=75 if number % 4 == 1 else None,
                min_annual_income=15_000.0 if number % 4 == 1 else None,
                min_horizon_years=3 if number % 4 == 2 else None,
                min_knowledge_level=2 if number % 8 == 2 else None,
                countries=("AT", "DE") if number % 3 == 0 else (),
                negative_segments=("student",) if number % 5 == 0 else (),
                requires=("p00", "p04") if number % 6 == 5 else (),
                excludes=("p08",) if number == 12 else (),
                withdrawn_date=AS_OF if number == 23 else None,
            )
            for number in range(N_PRODUCTS)
        )
    )


def made_adviser(customers: pa.Table, catalogue: Catalogue, seed: int = 7) -> Adviser:
    """A champion of the leading kind, with the size that training gives it and random embeddings."""
    random = np.random.default_rng(seed)
    encoder = fit_encoder(customers.slice(0, 20_000), catalogue.product_ids)
    products = random.normal(size=(N_PRODUCTS, N_FACTORS)).astype(np.float32)
    features = random.normal(size=(encoder.n_features, N_FACTORS)).astype(np.float32)
    champion = FactorRecommender(
        name="inductive",
        encoder=encoder,
        feature_scores=features @ products.T,
        held_scores=products @ products.T / N_FACTORS,
        product_scores=random.normal(size=N_PRODUCTS).astype(np.float32),
        feature_shares=np.full(encoder.n_features, 0.2, np.float32),
        held_shares=np.full(N_PRODUCTS, 0.12, np.float32),
        product_vectors=products,
        identities=Identities(np.zeros(0, "S36"), np.zeros((0, N_FACTORS), np.float32)),
        product_names=tuple(product.product_name for product in catalogue.products),
        currency="EUR",
    )
    popularity = PopularityRecommender(encoder.product_ids, champion.product_scores)
    return Adviser(champion, popularity, catalogue, AS_OF, TOP_N)


def measure(n: int) -> dict[str, Any]:
    """Seconds of each part over `n` customers in blocks, and of the peers."""
    catalogue = made_catalogue()
    customers = made_customers(n)
    adviser = made_adviser(customers, catalogue)
    encoder = adviser.champion.encoder  # type: ignore[attr-defined]
    blocks = [customers.slice(start, BLOCK).combine_chunks() for start in range(0, n, BLOCK)]
    reset_peak_memory()
    seconds: dict[str, float] = dict.fromkeys(("encode", "facts", "score", "rules", "rank", "all_with_reasons"), 0.0)
    for block in blocks:
        encoded = _timed(seconds, "encode", partial(encoder.transform, block))
        facts = _timed(seconds, "facts", partial(build_rule_facts, block, catalogue, AS_OF, delivers_arrears=True))
        scores = _timed(seconds, "score", partial(adviser.champion.score, encoded))
        mask = _timed(seconds, "rules", partial(eliminate, facts, catalogue, AS_OF))
        _timed(seconds, "rank", partial(rank_top_n, scores, mask == 0, TOP_N))
        may_profile = np.ones(len(encoded), np.bool_)
        _timed(seconds, "all_with_reasons", partial(adviser.recommend, encoded, facts, may_profile))
    core = seconds["score"] + seconds["rules"] + seconds["rank"]
    return {
        "customers": n,
        "products": N_PRODUCTS,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "customers_per_second": {
            "scoring, rules and ranking": round(n / core),
            "with reasons": round(n / seconds["all_with_reasons"]),
            "with reasons, encoding and rule facts": round(
                n / (seconds["all_with_reasons"] + seconds["encode"] + seconds["facts"])
            ),
            **_peers(customers, catalogue),
        },
        "peak_memory_mb": round(peak_memory_bytes() / 1e6),
    }


def _peers(customers: pa.Table, catalogue: Catalogue) -> dict[str, int]:
    from implicit.cpu.topk import topk

    n = customers.num_rows
    random = np.random.default_rng(7)
    users = random.normal(size=(n, N_FACTORS)).astype(np.float32)
    items = random.normal(size=(N_PRODUCTS, N_FACTORS)).astype(np.float32)
    bare = _seconds(lambda: topk(items, users, TOP_N))
    return {
        "implicit.cpu.topk alone, no rules": round(n / bare),
        "LightFM.predict per customer, no rules": round(N_FOR_LIGHTFM / _lightfm(customers, catalogue)),
    }


def _lightfm(customers: pa.Table, catalogue: Catalogue) -> float:
    """Seconds in which LightFM itself predicts for a thousand customers, one at a time."""
    from lightfm import LightFM
    from scipy import sparse

    held = held_products(customers.slice(0, N_FOR_LIGHTFM), catalogue.product_ids)
    model = LightFM(no_components=N_FACTORS, loss="warp", random_state=7)
    model.fit(sparse.coo_matrix(held.astype(np.float32)), epochs=1, num_threads=1)
    products = np.arange(N_PRODUCTS)

    def predict() -> None:
        for customer in range(N_FOR_LIGHTFM):
            np.argpartition(-model.predict(customer, products), TOP_N)

    return _seconds(predict)


def _timed(seconds: dict[str, float], name: str, act: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = act()
    seconds[name] += time.perf_counter() - began
    return result


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 200_000)
