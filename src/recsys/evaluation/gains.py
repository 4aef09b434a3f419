"""Gains and lift per product: how many of its takers are among the customers whom a model would address first.

Ranking metrics see only customers who took something. A campaign for a product addresses customers of whom most take
nothing, so here all count who could take it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.shares import shares

SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LIFT_AT = 0.1

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gains:
    """Counts per product; they add over folds, in each of which its customers are ranked by themselves.

    `customers`, `takers` (n_products,) int64: who could take it, and who took it. `captured` (n_products, n_shares):
    takers among the first `SHARES` of the customers, highest score first. `pairs_won` and `n_pairs` (n_products,): of
    a taker and another customer, those ranked right, ties half.
    """

    customers: NDArray[np.int64]
    takers: NDArray[np.int64]
    captured: Floats
    pairs_won: Floats
    n_pairs: Floats

    def __add__(self, other: Gains) -> Gains:
        return Gains(
            self.customers + other.customers,
            self.takers + other.takers,
            self.captured + other.captured,
            self.pairs_won + other.pairs_won,
            self.n_pairs + other.n_pairs,
        )

    @property
    def curves(self) -> Floats:
        """Cumulative gains (n_products, n_shares): share of the takers who were captured; NaN without takers."""
        return shares(self.captured, self.takers[:, None])

    @property
    def curve(self) -> Floats:
        """Cumulative gains (n_shares,) over all products together."""
        return shares(self.captured.sum(axis=0), self.takers.sum(keepdims=True))

    @property
    def lift(self) -> Floats:
        """Takers among the first tenth of the customers, as a multiple of what chance finds there (n_products,)."""
        return self.curves[:, SHARES.index(LIFT_AT)] / LIFT_AT

    @property
    def auc(self) -> Floats:
        """Area under the ROC curve of each product (n_products,), over pairs of customers; NaN where there is none."""
        return shares(self.pairs_won, self.n_pairs)

    def metrics(self) -> dict[str, float]:
        """Over all products, each with the weight of its takers; left out where nobody took any."""
        if not self.takers.any():
            return {}
        figures = {"lift_at_10_percent": self.curve[SHARES.index(LIFT_AT)] / LIFT_AT}
        known = self.n_pairs > 0
        if known.any():
            figures["product_auc"] = np.average(self.auc[known], weights=self.takers[known])
        return {name: float(value) for name, value in figures.items()}


def measure_gains(probabilities: NDArray[np.floating], candidates: Bools, relevant: Bools) -> Gains:
    """Gains of every product; `probabilities` (n_products, n_customers), the masks (n_customers, n_products).

    Customers with equal probabilities share their takers evenly, and so does a customer through whom a share cuts: the
    curve is straight between two different probabilities, whatever the order of the rows.
    """
    rows = [
        _product(of_product, may, took)
        for of_product, may, took in zip(probabilities, candidates.T, (candidates & relevant).T, strict=True)
    ]
    customers, takers, captured, won = (np.array(values) for values in zip(*rows, strict=True))
    return Gains(customers, takers, captured, won, takers * (customers - takers).astype(np.float64))


def _product(probabilities: NDArray[np.floating], may: Bools, took: Bools) -> tuple[int, int, Floats, float]:
    everyone = np.sort(probabilities[may])
    takers = np.sort(probabilities[took])
    n, m = len(everyone), len(takers)
    if not m:
        return n, m, np.zeros(len(SHARES)), 0.0
    places = np.asarray(SHARES) * n
    # The customer on whom each share ends, from the lowest; a hair less, so that a rounded product does not go one on.
    border = everyone[n - np.clip(np.ceil(places - 1e-9).astype(np.int64), 1, n)]
    n_above, n_tied = _above_and_tied(everyone, border)
    m_above, m_tied = _above_and_tied(takers, border)
    captured = m_above + (places - n_above) * m_tied / n_tied
    below = np.searchsorted(everyone, takers, "left")
    upto = np.searchsorted(everyone, takers, "right")
    won = float((below + upto).sum() / 2 - m * m / 2)
    return n, m, captured, won


def _above_and_tied(ascending: NDArray[np.floating], values: NDArray[np.floating]) -> tuple[Floats, Floats]:
    below = np.searchsorted(ascending, values, "left")
    upto = np.searchsorted(ascending, values, "right")
    return (len(ascending) - upto).astype(np.float64), (upto - below).astype(np.float64)
