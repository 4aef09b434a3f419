"""When the demo bank's customers are paid and spend, how much and for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from recsys.feed.demo.arrays import Bools, Floats, Ints, running_numbers
from recsys.feed.demo.people import SPENDING, People

HISTORY_DAYS = 730
INCOME_SHARE = 0.2  # of a customer's bookings
NET_SHARE = 0.68  # of gross income


@dataclass(frozen=True, slots=True)
class Payments:
    """One row per booking: place of the person in the block, day, cents (negative for spending), category.

    Categories count through `SPENDING`, then through the kinds of income, which follow the employment status.
    """

    person: Ints
    day: Ints
    cents: Ints
    category: Ints

    def __len__(self) -> int:
        return len(self.person)

    @property
    def is_income(self) -> Bools:
        """Which bookings are income."""
        return np.asarray(self.category >= len(SPENDING))


def draw_payments(rng: np.random.Generator, people: People, as_of: date, per_customer: int) -> Payments:
    """About `per_customer` bookings in two years for each: regular income, and spending of what is not saved."""
    today = (as_of - date(1970, 1, 1)).days
    active_share = np.clip((today - people.registered) / HISTORY_DAYS, 0.02, 1)
    n_income = np.maximum(np.rint(per_customer * INCOME_SHARE * active_share), 1).astype(np.int64)
    n_spending = rng.poisson(per_customer * (1 - INCOME_SHARE) * active_share)
    earner, spender = (np.repeat(np.arange(len(people)), counts) for counts in (n_income, n_spending))
    payday = _paydays(n_income, earner, active_share, today)
    days_ago = (rng.random(len(spender)) * HISTORY_DAYS * active_share[spender]).astype(np.int64)
    income = _income_cents(people, earner, payday, n_income, active_share)
    to_spend = np.bincount(earner, income, len(people)) * (1 - people.savings_rate)
    typical = (to_spend / np.maximum(n_spending, 1))[spender]
    spending = -(typical * rng.lognormal(-0.25, 0.7, len(spender))).astype(np.int64) - 1
    return Payments(
        person=np.concatenate([earner, spender]),
        day=np.concatenate([payday, today - 1 - days_ago]),
        cents=np.concatenate([income, spending]),
        category=np.concatenate([people.employment[earner] + len(SPENDING), _categories(rng, people, spender)]),
    )


def _paydays(n_income: Ints, person: Ints, active_share: Floats, today: int) -> Ints:
    """Evenly spread days over the time for which each is a customer."""
    length = HISTORY_DAYS * active_share[person]
    order = running_numbers(person, len(n_income))
    return np.asarray((today - 1 - (order + 0.2) * length / n_income[person]).astype(np.int64))


def _income_cents(people: People, person: Ints, day: Ints, n_income: Ints, active_share: Floats) -> Ints:
    yearly = np.where(day < people.changed[person], people.income_before[person], people.income[person])
    years = HISTORY_DAYS / 365 * active_share[person]
    return np.asarray((yearly * NET_SHARE * years / n_income[person] * 100).astype(np.int64))


def _categories(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """Spending categories `(n,)`: one search over everybody's cumulative shares, shifted by the person's place."""
    cumulative = np.cumsum(people.spending_shares, axis=1)
    shifted = (cumulative / cumulative[:, -1:] + np.arange(len(people))[:, None]).ravel()
    place = np.searchsorted(shifted, person + rng.random(len(person)), side="right")
    return np.asarray(np.minimum(place - person * len(SPENDING), len(SPENDING) - 1))
