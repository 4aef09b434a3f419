"""A made-up bank in memory for measurements: customers as the marts hold them, a catalogue, a champion."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.explanation.needs import needs_of
from recsys.explanation.telling import telling_of
from recsys.features.encoder import fit_encoder
from recsys.models.factor_recipes import InductiveRecipe
from recsys.models.factorisation import reading_of
from recsys.models.factors import FactorRecommender, Identities
from recsys.models.popularity import PopularityRecommender
from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.scoring import Adviser

AS_OF = date(2026, 6, 30)
BLOCK = 50_000
N_PRODUCTS, N_FACTORS, TOP_N = 24, 24, 5


def made_customers(n: int, seed: int = 7, first: int = 0) -> pa.Table:
    """Persons as the marts hold them, at random, numbered from `first`."""
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
            "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(first, first + n)],
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
            "is_arrears_unknown": np.zeros(n, np.bool_),
            "answered_date": pa.repeat(pa.scalar(AS_OF, pa.date32()), n),
            "held_product_ids": lists,
            "is_objecting": random.random(n) < 0.01,
            "granted_purposes": pa.array([["profiling"], ["marketing", "profiling"], None] * n).slice(0, n),
            "decided_purposes": pa.array([["profiling"], ["marketing", "profiling"], ["profiling"]] * n).slice(0, n),
            # Every tenth has refused one product.
            "refused_product_ids": pa.array([["p03"] if number % 10 == 0 else None for number in range(n)]),
            "refused_dates": pa.array([[AS_OF] if number % 10 == 0 else None for number in range(n)]),
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
                max_in_category=3 if number % 4 == 3 else None,
                cooling_off_days=90,
                consent_purpose="marketing" if number == 7 else None,
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
        reading=reading_of(InductiveRecipe()),
        feature_scores=features @ products.T,
        held_scores=products @ products.T / N_FACTORS,
        product_scores=random.normal(size=N_PRODUCTS).astype(np.float32),
        feature_shares=np.full(encoder.n_features, 0.2, np.float32),
        held_shares=np.full(N_PRODUCTS, 0.12, np.float32),
        product_vectors=products,
        identities=Identities(np.zeros(0, "S36"), np.zeros((0, N_FACTORS), np.float32)),
    )
    popularity = PopularityRecommender(encoder.product_ids, champion.product_scores)
    needs = [needs_of(product.category, ()) for product in catalogue.products]
    names = [product.product_name for product in catalogue.products]
    telling = telling_of(encoder, names, needs, popularity.scores > popularity.scores.mean(), "EUR")
    return Adviser(champion, popularity, telling, catalogue, AS_OF, TOP_N)
