"""Who the customers are: age, income, goals, spending and taste."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from recsys.feed.demo.arrays import Bools, Floats, Ints, draw_categories
from recsys.feed.demo.names import COUNTRY_SHARES, TOWNS

N_TASTES = 3
EDUCATION = ("none", "secondary", "vocational", "bachelor", "master", "doctorate")
EMPLOYMENT = ("employed", "self-employed", "student", "retired", "unemployed", "homemaker")
MARITAL = ("single", "married", "divorced", "widowed")
SEGMENTS = ("student", "mass", "senior", "affluent", "private")
GOALS = ("retirement", "home", "education", "wealth", "safety", "travel")
SPENDING = (
    "groceries",
    "dining",
    "travel",
    "health",
    "home & garden",
    "electronics",
    "clothing",
    "motoring",
    "children",
    "education",
    "entertainment",
    "utilities",
)


@dataclass(frozen=True, slots=True)
class People:
    """One block of `n` persons; every array has `n` rows. Days count from 1970-01-01, income is in whole euros."""

    numbers: Ints
    registered: Ints
    born: Ints
    is_female: Bools
    country: Ints
    town: Ints
    n_dependants: Ints
    marital: Ints
    education: Ints
    employment: Ints
    income: Ints
    income_before: Ints
    changed: Ints  # the day from which `income` holds; 0 where it always did
    is_in_arrears: Bools
    segment: Ints
    status: Ints  # 0 active, 1 closed, 2 deceased
    goal: Ints
    horizon: Ints
    risk_tolerance: Ints
    knowledge: Ints
    loss_capacity: Ints
    spending_shares: Floats  # (n, n_categories)
    savings_rate: Floats
    tastes: Floats  # (n, N_TASTES), known to nobody

    def __len__(self) -> int:
        return len(self.numbers)

    def age(self, day: int) -> Ints:
        """Age in years on a day."""
        return ((day - self.born) / 365.25).astype(np.int64)


def draw_people(rng: np.random.Generator, numbers: Ints, as_of: date) -> People:
    """The persons who get the registration `numbers` `(n,)`; income and ages have the shape of the SCF 2019."""
    n, today = len(numbers), (as_of - date(1970, 1, 1)).days
    age = (15 + 72 * rng.beta(1.7, 2.2, n)).astype(np.int64)
    born = today - age * 365 - age // 4 - rng.integers(1, 365, n)
    education = _education(rng, age)
    employment = _employment(rng, age)
    income = _income(rng, age, education, employment)
    knowledge = _levels(rng, 0.4 * education + 0.35 * np.log(income / 20_000), 1.0, 0, 5)
    risk = _levels(rng, 4.4 - 0.035 * (age - 40) + 0.4 * (knowledge - 1.5), 1.3, 1, 7)
    n_dependants = rng.poisson(1.3 * np.exp(-(((age - 40) / 11.0) ** 2)))
    goal = _goals(rng, age, n_dependants, risk)
    has_changed = rng.random(n) < 0.12
    registered = today - np.minimum((rng.gamma(1.4, 1700, n)).astype(np.int64) + 20, (age - 13) * 365)
    changed = np.where(has_changed, today - rng.integers(30, 600, n), 0)
    return People(
        numbers=numbers, registered=registered, born=born, is_female=rng.random(n) < 0.51,
        country=rng.choice(3, n, p=COUNTRY_SHARES), town=rng.integers(0, len(TOWNS[0]), n),
        n_dependants=n_dependants, marital=_marital(rng, age), education=education, employment=employment,
        income=income, income_before=(income * rng.uniform(0.6, 1.05, n)).astype(np.int64),
        changed=np.where(changed > registered, changed, 0), is_in_arrears=rng.random(n) < 0.03,
        segment=_segments(age, income, employment), status=rng.choice(3, n, p=(0.975, 0.02, 0.005)), goal=goal,
        horizon=np.clip(rng.poisson(np.maximum(62 - age, 3) * 0.45), 1, 40), risk_tolerance=risk, knowledge=knowledge,
        loss_capacity=_levels(rng, 1.3 + np.log(income / 25_000), 1.0, 0, 5),
        spending_shares=_spending(rng, age, n_dependants, goal),
        savings_rate=np.clip(rng.normal(0.12, 0.1, n), -0.1, 0.5),
        tastes=rng.normal(size=(n, N_TASTES)),
    )  # fmt: skip


def _levels(rng: np.random.Generator, typical: Floats, spread: float, lowest: int, highest: int) -> Ints:
    """Whole numbers `(n,)` around `typical`, within the scale of a questionnaire."""
    return np.clip(np.rint(rng.normal(typical, spread)), lowest, highest).astype(np.int64)


def _education(rng: np.random.Generator, age: Ints) -> Ints:
    level = rng.choice(len(EDUCATION), len(age), p=(0.06, 0.3, 0.28, 0.2, 0.13, 0.03))
    return np.where(age < 22, np.minimum(level, 1), level)


def _employment(rng: np.random.Generator, age: Ints) -> Ints:
    employment = rng.choice((0, 1, 4, 5), len(age), p=(0.76, 0.13, 0.06, 0.05))
    is_student = rng.random(len(age)) < np.clip((28 - age) / 8.0, 0, 1)
    is_retired = rng.random(len(age)) < np.clip((age - 58) / 9.0, 0, 1)
    return np.where(is_student, 2, np.where(is_retired, 3, employment))


def _income(rng: np.random.Generator, age: Ints, education: Ints, employment: Ints) -> Ints:
    base = np.array([37_000, 42_000, 9_000, 23_000, 12_000, 11_000])[employment]
    career = 1 - ((np.clip(age, 20, 70) - 50) / 45.0) ** 2
    income = base * career * np.exp(0.17 * (education - 2)) * rng.lognormal(0, 0.5, len(age))
    return np.asarray(np.clip(income, 3_000, 900_000).astype(np.int64) // 100 * 100)


def _marital(rng: np.random.Generator, age: Ints) -> Ints:
    married = np.clip((age - 22) / 30.0, 0, 0.62)
    widowed = np.clip((age - 60) / 70.0, 0, 0.4)
    return draw_categories(rng, np.stack([1 - married, married, np.where(age > 28, 0.15, 0.01), widowed], axis=1))


def _segments(age: Ints, income: Ints, employment: Ints) -> Ints:
    segment = np.where(income >= 150_000, 4, np.where(income >= 70_000, 3, np.where(age >= 65, 2, 1)))
    return np.where((employment == 2) & (income < 70_000), 0, segment)


def _goals(rng: np.random.Generator, age: Ints, n_dependants: Ints, risk: Ints) -> Ints:
    ones = np.ones(len(age))
    retirement = np.exp(-(((age - 52) / 11.0) ** 2)) * 2.2
    home = np.exp(-(((age - 33) / 8.0) ** 2)) * 2.4
    weights = [
        retirement,
        home,
        0.1 + 0.7 * (n_dependants > 0) + (age < 26),
        0.25 * np.maximum(risk - 2, 0),
        0.5 * ones,
        0.4 * ones,
    ]
    return draw_categories(rng, np.stack(weights, axis=1))


def _spending(rng: np.random.Generator, age: Ints, n_dependants: Ints, goal: Ints) -> Floats:
    """Shares of spending by category `(n, n_categories)`, Dirichlet around what age, children and goal suggest."""
    shares = np.tile(np.array([5, 2, 1.2, 1, 1.2, 0.9, 1.2, 1.6, 0.2, 0.2, 1, 2.2]), (len(age), 1))
    shares[:, 8] += 1.6 * np.minimum(n_dependants, 3)
    shares[:, 3] += np.maximum(age - 45, 0) / 18.0
    shares[:, 2] += 2.5 * (GOALS.index("travel") == goal)
    shares[:, 4] += 1.5 * (GOALS.index("home") == goal)
    shares[:, 9] += 1.5 * (GOALS.index("education") == goal)
    drawn = rng.standard_gamma(shares * 0.9)
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))
