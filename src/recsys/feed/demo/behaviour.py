"""Which products customers open and close, month by month, within the limits under which they are sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.feed.demo.arrays import Bools, Floats, Ints
from recsys.feed.demo.catalogue import CATALOGUE, PRODUCT_IDS, launch_date, withdrawal_date
from recsys.feed.demo.names import COUNTRIES
from recsys.feed.demo.people import SEGMENTS, People
from recsys.feed.demo.taste import affinity, bundle_effects, product_index

HISTORY_MONTHS = 24
YEARS_BEFORE = 8
# Before the months that are simulated one by one, customers bought less of what they hold today.
EARLIER_PACE = 0.5
MAX_AFFINITY = 4.0
CLOSING_RATE = 0.05  # a year, of products that are not accounts
_DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Holdings:
    """One row per holding: places of the person in its block and of the product in the catalogue; days (0: none)."""

    person: Ints
    product: Ints
    opened: Ints
    closed: Ints

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The catalogue's limits as arrays; `requires` and `excludes` are `(n_products, n_products)`."""

    rates: Floats
    min_age: Ints
    max_age: Ints
    min_income: Ints
    countries: Bools  # (n_countries, n_products)
    segments: Bools  # (n_segments, n_products)
    suitability: Ints  # (4, n_products): risk class, horizon, knowledge, loss capacity
    requires: NDArray[np.float32]
    excludes: NDArray[np.float32]
    launched: Ints
    withdrawn: Ints


def draw_holdings(rng: np.random.Generator, people: People, as_of: date) -> Holdings:
    """Everything that `people` opened up to `as_of`, first the account with which they came."""
    limits, today = _read_limits(as_of), _day(as_of)
    opened = np.zeros((len(people), len(PRODUCT_IDS)), np.int64)
    _open_first_account(rng, people, opened)
    done: list[tuple[Ints, Ints, Ints, Ints]] = []
    bundles, suits = bundle_effects(), _suitable(limits, people)
    tastes = affinity(people, today - HISTORY_MONTHS * 30)
    for start, end, pace in _periods(today):
        held = (opened > 0) & (opened < end)
        hazard = (
            limits.rates * pace * (end - start) / 365.25 * np.exp(np.clip(tastes + held @ bundles, -6, MAX_AFFINITY))
        )
        is_opening = (rng.random(hazard.shape) < -np.expm1(-hazard)) & _permitted(limits, people, suits, held, end)
        first_day = np.maximum(start, people.registered)[:, None]
        day = first_day + (rng.random(hazard.shape) * np.maximum(end - first_day, 1)).astype(np.int64)
        is_opening &= (people.registered[:, None] < end - 1) & (opened == 0) & (day < end)
        done.append(_close(rng, opened, held & (opened <= start), start, end))
        opened = np.where(is_opening, day, opened)
    persons, products = np.nonzero(opened)
    done.append((persons, products, opened[persons, products], np.zeros(len(persons), np.int64)))
    return Holdings(*(np.concatenate(parts) for parts in zip(*done, strict=True)))


def _periods(today: int) -> list[tuple[int, int, float]]:
    """Years before the history, then its months: first day, day after the last, pace."""
    first = today + 1 - round(HISTORY_MONTHS * _DAYS_A_MONTH)
    years = [(first - (k + 1) * 365, first - k * 365, EARLIER_PACE) for k in range(YEARS_BEFORE - 1, -1, -1)]
    edges = [first + round(k * _DAYS_A_MONTH) for k in range(HISTORY_MONTHS)] + [today + 1]
    return years + [(start, end, 1.0) for start, end in pairwise(edges)]


def _open_first_account(rng: np.random.Generator, people: People, opened: Ints) -> None:
    age = ((people.registered - people.born) / 365.25).astype(np.int64)
    is_premium = (people.income >= 60_000) & (age >= 26) & (rng.random(len(people)) < 0.35)
    account = np.where(age < 22, 1, np.where(is_premium, 2, 0))
    has_account = rng.random(len(people)) < 0.93
    places = product_index(("current_account", "youth_account", "premium_account"))[account]
    opened[np.nonzero(has_account)[0], places[has_account]] = people.registered[has_account]


def _close(
    rng: np.random.Generator, opened: Ints, is_candidate: Bools, start: int, end: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Close some holdings, in place; what was closed as columns of `Holdings`."""
    rate = CLOSING_RATE * (end - start) / 365.25
    is_closing = is_candidate & (rng.random(opened.shape) < rate)
    is_closing[:, : product_index(("premium_account",))[0] + 1] = False
    persons, products = np.nonzero(is_closing)
    closed = rng.integers(start, end, len(persons))
    closing = (persons, products, opened[persons, products], np.maximum(closed, opened[persons, products] + 1))
    opened[persons, products] = 0
    return closing


def _suitable(limits: _Limits, people: People) -> Bools:
    """Which products `(n, n_products)` suit whom by what does not change: country, segment, answers."""
    answers = np.stack([people.risk_tolerance, people.horizon, people.knowledge, people.loss_capacity])
    suits = limits.countries[people.country] & limits.segments[people.segment]
    for answer, least in zip(answers, limits.suitability, strict=True):
        suits &= answer[:, None] >= least
    return np.asarray(suits)


def _permitted(limits: _Limits, people: People, suits: Bools, held: Bools, day: int) -> Bools:
    """Which products `(n, n_products)` could be sold to whom on a day."""
    age, income = people.age(day)[:, None], np.where(day < people.changed, people.income_before, people.income)[:, None]
    may = suits & (age >= limits.min_age) & (age <= limits.max_age) & (income >= limits.min_income)
    holds = held.astype(np.float32)
    has_required = (holds @ limits.requires.T > 0) | (limits.requires.sum(axis=1) == 0)
    is_excluded = holds @ limits.excludes.T > 0
    return np.asarray(may & has_required & ~is_excluded & ~held & (limits.launched <= day) & (day < limits.withdrawn))


def _read_limits(as_of: date) -> _Limits:
    def numbers(name: str, default: int) -> Ints:
        return np.array([default if getattr(p, name) is None else getattr(p, name) for p in CATALOGUE], np.int64)

    def matrix(name: str) -> NDArray[np.float32]:
        return np.array([[other in getattr(p, name) for other in PRODUCT_IDS] for p in CATALOGUE], np.float32)

    return _Limits(
        rates=np.array([p.rate for p in CATALOGUE]),
        min_age=numbers("min_age", 0),
        max_age=numbers("max_age", 200),
        min_income=numbers("min_annual_income", 0),
        countries=np.array([[not p.countries or country in p.countries for p in CATALOGUE] for country in COUNTRIES]),
        segments=np.array([[segment not in p.negative_segments for p in CATALOGUE] for segment in SEGMENTS]),
        suitability=np.stack(
            [
                numbers("risk_class", 0),
                numbers("min_horizon_years", 0),
                numbers("min_knowledge_level", 0),
                numbers("min_loss_capacity", 0),
            ]
        ),
        requires=matrix("requires"),
        excludes=matrix("excludes"),
        launched=np.array([_day(launch_date(p, as_of)) for p in CATALOGUE]),
        withdrawn=np.array([_day(withdrawal_date(p, as_of) or date(2100, 1, 1)) for p in CATALOGUE]),
    )


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days
