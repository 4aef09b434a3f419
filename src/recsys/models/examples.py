"""Training examples: who the customer was and what he owned just before each opening, and what else could be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.features.hiding import without_attributes
from recsys.models.moments import NO_MOMENTS, Moments


@dataclass(frozen=True, slots=True)
class Openings:
    """Openings of products that are known at a date, as arrays of shape (n,).

    `customer`: row in a `CustomerBlock`; `product`: column of `encoder.product_ids`; `opened` and `closed`
    datetime64[D], NaT in `closed` while it is held.
    """

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    opened: NDArray[np.datetime64]
    closed: NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Openings:
        """The openings at `rows` (numbers or a mask), in that order."""
        return Openings(self.customer[rows], self.product[rows], self.opened[rows], self.closed[rows])


@dataclass(frozen=True)
class TrainingSet:
    """What a recommender is fitted on, as known at `known_at`.

    `customers` are as known at `known_at`, and `moments` have what was known of them before each opening. `launched`
    and `withdrawn` (n_products,) datetime64[D], NaT without such a date. `product_labels` are the features of each
    product, such as `category:savings`. `product_names` are what figures call them.
    """

    customers: CustomerBlock
    openings: Openings
    known_at: date
    launched: NDArray[np.datetime64]
    withdrawn: NDArray[np.datetime64]
    product_labels: tuple[tuple[str, ...], ...]
    product_names: tuple[str, ...]
    moments: Moments = NO_MOMENTS

    @property
    def n_products(self) -> int:
        """Number of products."""
        return len(self.launched)

    def held_before(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """What the customers of the openings at `rows` held just before them: see `held_at_openings`."""
        return held_at_openings(self.openings, rows, self.n_products)

    def without_attributes(self, columns: Sequence[int]) -> TrainingSet:
        """The same training set if the attributes at `columns` had never been known of anybody."""
        return replace(
            self,
            customers=without_attributes(self.customers, columns),
            moments=self.moments.without_attributes(columns),
        )


@dataclass(frozen=True)
class WithoutHoldings(TrainingSet):
    """The same training set if nothing were known of what customers owned before an opening.

    Its `customers` must be shown without holdings too. What they ever opened still does not count as passed over.
    """

    def held_before(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Nothing."""
        return np.zeros((len(rows), self.n_products), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """The training task that all candidates share: one row for each product taken, n of them.

    `customers` (n): attributes as known before the opening, and what was held just before without the product itself.
    `person` (n,) int64: row in `TrainingSet.customers`. `product` (n,) int64: what was taken. `weights` (n,) float32 by
    recency. `barred` (n, n_products) bool: what must not count as passed over, the product itself left out.
    """

    customers: CustomerBlock
    person: NDArray[np.int64]
    product: NDArray[np.int64]
    weights: NDArray[np.float32]
    barred: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.product)


def build_rows(
    encoder: CustomerEncoder, training: TrainingSet, half_life_days: float, most: int | None = None
) -> TrainingRows:
    """The training rows of a training set, in the order of its openings; at most the newest `most` of them.

    Raises `ModelError` where nothing was opened.
    """
    openings = training.openings
    if len(openings) == 0:
        raise ModelError(
            f"No product was opened up to {training.known_at}, so there is nothing to learn from.",
            remedy="Check that the feed has holdings with dates before that day.",
        )
    newest = np.sort(np.argsort(openings.opened, kind="stable")[-(most or len(openings)) :])
    openings = openings.take(newest)
    barred = never_negative(openings, training)
    barred[np.arange(len(openings)), openings.product] = False
    shown = training.moments.shown(training.customers, openings.customer, openings.opened)
    return TrainingRows(
        encoder.with_held(shown, training.held_before(newest)),
        openings.customer,
        openings.product,
        recency_weights(openings.opened, training.known_at, half_life_days),
        barred,
    )


def with_strangers(rows: TrainingRows, encoder: CustomerEncoder, share: float, seed: int) -> TrainingRows:
    """`rows` and, for a random `share` of them, the same opening by a customer of whom nothing owned is known.

    In most feeds nearly every row shows products owned, and those that do not are of one sort: first accounts. Without
    such copies a model has not learned what attributes say by themselves, and falls below popularity there.
    """
    drawn = np.flatnonzero(np.random.default_rng(seed).random(len(rows)) < share)
    if not len(drawn):
        return rows
    return TrainingRows(
        rows.customers.followed_by(encoder.as_strangers(rows.customers.take(drawn))),
        np.concatenate([rows.person, rows.person[drawn]]),
        np.concatenate([rows.product, rows.product[drawn]]),
        np.concatenate([rows.weights, rows.weights[drawn]]),
        np.concatenate([rows.barred, rows.barred[drawn]]),
    )


def held_at_openings(openings: Openings, rows: NDArray[np.int64], n_products: int) -> NDArray[np.bool_]:
    """What the customer of each opening at `rows` held on that day without the product itself, (n_rows, n_products).

    A product's own presence must not be a feature of its own opening: the model would learn that who holds it, opens
    it. Products opened on the same day count as held. In a snapshot all openings have one date, so each holding is
    seen next to all the others: leave one out.
    """
    place, other = _of_the_same_customer(openings.customer, rows)
    mine = rows[place]
    day = openings.opened[mine]
    closed = openings.closed[other]
    is_held = (openings.opened[other] <= day) & (np.isnat(closed) | (closed > day))
    is_held &= openings.product[mine] != openings.product[other]
    held = np.zeros((len(rows), n_products), dtype=np.bool_)
    held[place[is_held], openings.product[other[is_held]]] = True
    return held


def never_negative(openings: Openings, training: TrainingSet) -> NDArray[np.bool_]:
    """Products that must not count as passed over at each opening, (n_openings, n_products).

    That is what the customer ever opened, and what was not on sale on that day.
    """
    ever = np.zeros((len(training.customers), training.n_products), dtype=np.bool_)
    ever[training.openings.customer, training.openings.product] = True
    day = openings.opened[:, None]
    launched, withdrawn = training.launched[None, :], training.withdrawn[None, :]
    unavailable: NDArray[np.bool_] = (launched > day) | (withdrawn <= day)
    return unavailable | ever[openings.customer]


def recency_weights(opened: NDArray[np.datetime64], known_at: date, half_life_days: float) -> NDArray[np.float32]:
    """Weight of each opening (n,): 1 at `known_at`, halved for every `half_life_days` before it."""
    ages = (np.datetime64(known_at, "D") - opened).astype(np.float64)
    return np.exp2(-ages / half_life_days).astype(np.float32)


def _of_the_same_customer(
    customer: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each place in `rows` with each opening of that row's customer, the row itself among them."""
    order = np.argsort(customer, kind="stable")
    counts = np.bincount(customer)
    starts = np.cumsum(counts) - counts
    partners = counts[customer[rows]]
    place = np.repeat(np.arange(len(rows)), partners)
    within = np.arange(len(place)) - np.repeat(np.cumsum(partners) - partners, partners)
    return place, order[np.repeat(starts[customer[rows]], partners) + within]
