"""What makes a customer want a product: observable effects, and a latent taste of low rank that nobody observes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recsys.feed.demo.arrays import Floats, Ints
from recsys.feed.demo.catalogue import PRODUCT_IDS
from recsys.feed.demo.people import EMPLOYMENT, GOALS, N_TASTES, SPENDING, People

# Effects on the log rate of opening a product, per unit of a feature. Continuous features are standardised.
EFFECTS: Mapping[str, Mapping[str, float]] = {
    "current_account": {"income": -0.3},
    "youth_account": {"young": 1.0},
    "premium_account": {"income": 1.2, "spend:travel": 0.5, "self-employed": 0.6},
    "instant_savings": {"goal:safety": 0.9, "goal:travel": 0.6, "risk": -0.4, "young": 0.4},
    "term_deposit": {"old": 1.1, "goal:safety": 1.2, "risk": -0.9, "income": 0.3},
    "home_savings": {"goal:home": 1.8, "adult": 0.4, "spend:home & garden": 0.4},
    "passbook": {"old": 1.2, "risk": -0.6},
    "debit_card": {"young": 0.5},
    "credit_card": {"spend:travel": 0.7, "spend:dining": 0.5, "spend:electronics": 0.4, "adult": 0.4},
    "gold_card": {"income": 1.3, "spend:travel": 1.1, "spend:dining": 0.5},
    "personal_loan": {"income": -0.4, "adult": 0.8, "spend:electronics": 0.6, "spend:clothing": 0.6, "risk": 0.2},
    "car_loan": {"spend:motoring": 1.4, "adult": 0.6, "children": 0.4, "self-employed": 0.3},
    "student_loan": {"student": 2.4, "young": 1.0, "spend:education": 0.6, "goal:education": 0.8},
    "fixed_mortgage": {"goal:home": 2.0, "adult": 1.0, "children": 0.6, "income": 0.7, "spend:home & garden": 0.5},
    "variable_mortgage": {"goal:home": 1.7, "adult": 0.8, "income": 0.9, "risk": 0.6},
    "home_insurance": {"goal:home": 0.7, "spend:home & garden": 1.0, "mature": 0.5},
    "life_insurance": {"children": 1.5, "adult": 0.8, "mature": 0.3, "income": 0.3},
    "travel_insurance": {"spend:travel": 1.5, "goal:travel": 1.1, "mature": 0.3},
    "bond_fund": {"goal:retirement": 0.9, "mature": 0.7, "risk": -0.5, "knowledge": 0.4},
    "mixed_fund": {"goal:wealth": 1.0, "goal:retirement": 0.6, "income": 0.4, "knowledge": 0.4},
    "equity_fund": {"goal:wealth": 1.5, "risk": 0.9, "knowledge": 0.6, "young": 0.4, "goal:education": 0.6},
    "pension_plan": {"goal:retirement": 1.9, "mature": 0.7, "self-employed": 0.9, "income": 0.3},
    "brokerage_account": {"goal:wealth": 1.2, "risk": 1.0, "knowledge": 0.9, "spend:electronics": 0.4},
}

# What a product held does to the log rate of another.
BUNDLES: Mapping[str, Mapping[str, float]] = {
    "fixed_mortgage": {"home_insurance": 1.8, "life_insurance": 1.1, "home_savings": -1.5, "personal_loan": -0.5},
    "variable_mortgage": {"home_insurance": 1.8, "life_insurance": 1.0, "home_savings": -1.5},
    "home_savings": {"fixed_mortgage": 0.8, "variable_mortgage": 0.5},
    "gold_card": {"credit_card": -2.0, "travel_insurance": -0.8},
    "credit_card": {"gold_card": 0.5, "travel_insurance": 0.4},
    "premium_account": {"current_account": -3.0, "gold_card": 0.6, "brokerage_account": 0.3},
    "current_account": {"premium_account": 0.2},
    "mixed_fund": {"equity_fund": 0.7, "bond_fund": 0.3},
    "equity_fund": {"brokerage_account": 1.0, "mixed_fund": -0.3},
    "brokerage_account": {"equity_fund": 0.5, "mixed_fund": -0.4},
    "car_loan": {"personal_loan": -0.6},
}

# The three latent tastes: for borrowing, for the stock market, for safety.
LATENT: Mapping[str, tuple[float, float, float]] = {
    "credit_card": (0.6, 0.2, 0.0), "gold_card": (0.4, 0.3, 0.0), "personal_loan": (0.9, 0.0, -0.2),
    "car_loan": (0.8, 0.0, 0.0), "student_loan": (0.5, 0.0, 0.0), "fixed_mortgage": (0.5, 0.0, 0.2),
    "variable_mortgage": (0.6, 0.3, -0.3), "bond_fund": (-0.2, 0.5, 0.4), "mixed_fund": (0.0, 0.8, 0.0),
    "equity_fund": (0.0, 1.0, -0.3), "pension_plan": (0.0, 0.3, 0.5), "brokerage_account": (0.2, 1.0, -0.4),
    "instant_savings": (-0.5, 0.0, 0.4), "term_deposit": (-0.5, -0.2, 0.6), "home_savings": (-0.2, 0.0, 0.5),
    "home_insurance": (0.0, 0.0, 0.7), "life_insurance": (0.0, 0.0, 0.8), "travel_insurance": (0.0, 0.0, 0.5),
    "passbook": (-0.3, -0.3, 0.4), "premium_account": (0.2, 0.3, 0.1),
}  # fmt: skip


def features(people: People, day: int) -> dict[str, Floats]:
    """What the bank could observe on a day, by the names used in `EFFECTS`; each array is `(n,)`."""
    age = people.age(day)
    columns = {
        "income": np.clip((np.log(people.income) - 10.2) / 0.75, -3, 3),
        "young": (age < 27).astype(float),
        "adult": ((age >= 25) & (age < 48)).astype(float),
        "mature": ((age >= 42) & (age < 64)).astype(float),
        "old": (age >= 60).astype(float),
        "children": np.minimum(people.n_dependants, 2).astype(float),
        "risk": (people.risk_tolerance - 4) / 1.6,
        "knowledge": (people.knowledge - 1.6) / 1.3,
    }
    columns |= {name: (people.employment == place).astype(float) for place, name in enumerate(EMPLOYMENT)}
    columns |= {f"goal:{name}": (people.goal == place).astype(float) for place, name in enumerate(GOALS)}
    for place, name in enumerate(SPENDING):
        share = people.spending_shares[:, place]
        columns[f"spend:{name}"] = np.clip((share - _TYPICAL_SHARE[place]) / _TYPICAL_SPREAD[place], -1.5, 2.5)
    return columns


_TYPICAL_SHARE = np.array([0.24, 0.1, 0.07, 0.08, 0.07, 0.045, 0.06, 0.08, 0.04, 0.02, 0.05, 0.11])
_TYPICAL_SPREAD = np.array([0.1, 0.07, 0.07, 0.07, 0.06, 0.05, 0.05, 0.06, 0.05, 0.04, 0.05, 0.07])


def affinity(people: People, day: int) -> Floats:
    """Log rate of opening each product `(n, n_products)`, from what is observed and from taste."""
    observed = features(people, day)
    scores = people.tastes @ latent_loadings().T
    for place, product_id in enumerate(PRODUCT_IDS):
        for name, weight in EFFECTS.get(product_id, {}).items():
            scores[:, place] += weight * observed[name]
    return np.asarray(scores)


def latent_loadings() -> Floats:
    """`(n_products, N_TASTES)`."""
    return np.array([LATENT.get(product_id, (0.0,) * N_TASTES) for product_id in PRODUCT_IDS])


def bundle_effects() -> Floats:
    """`(n_products, n_products)`: row = product held, column = product whose log rate moves."""
    effects = np.zeros((len(PRODUCT_IDS), len(PRODUCT_IDS)))
    for held, moved in BUNDLES.items():
        for product_id, weight in moved.items():
            effects[PRODUCT_IDS.index(held), PRODUCT_IDS.index(product_id)] = weight
    return effects


def product_index(product_ids: tuple[str, ...]) -> Ints:
    """Places of products in the catalogue."""
    return np.array([PRODUCT_IDS.index(product_id) for product_id in product_ids], np.int64)
