"""Which of what may be told speaks most for a product, found for whole blocks at once."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.explanation.telling import Telling
from recsys.features.block import CustomerBlock

NO_REASON = -1
# Contributions that are held at a time: two megabytes, which a processor keeps near.
_CONTRIBUTIONS_AT_A_TIME = 500_000


class Account(Protocol):
    """What each thing known of a customer adds to a score; `recsys.models.parts.Parts` is one."""

    @property
    def contributions(self) -> NDArray[np.float32]:
        """(n, k, n_things) float32, things in the order of `CustomerEncoder.thing_names`."""


class Explained(Protocol):
    """What explaining asks of a model; see `recsys.models.base.Recommender`, which is one."""

    @property
    def noise(self) -> float | NDArray[np.float32]:
        """What a contribution to the score of each product must exceed to be more than noise of the fit."""

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Account:
        """The account of the scores of `products` (n_customers, k; negative: a place left empty)."""


def explain(
    model: Explained,
    telling: Telling,
    customers: CustomerBlock,
    products: NDArray[np.integer],
    n_reasons: int = 3,
) -> NDArray[np.int32]:
    """What speaks for each of `products` (n, k), strongest first: positions in `telling.reasons`, in bounded memory.

    (n, k, n_reasons) int32, `NO_REASON` where nothing more speaks for it. A product is a column of the scores, negative
    for a place left empty, which gets no reason; every other gets at least one.
    """
    reasons = np.empty((*products.shape, n_reasons), dtype=np.int32)
    per_customer = products.shape[1] * (customers.codes.shape[1] + customers.held.shape[1])
    step = max(1, _CONTRIBUTIONS_AT_A_TIME // max(per_customer, 1))
    for start in range(0, len(customers), step):
        rows = slice(start, start + step)
        block = customers.take(rows)
        said = model.parts(block, products[rows]).contributions
        reasons[rows] = strongest(said, telling, block, products[rows], n_reasons, model.noise)
    return reasons


def strongest(
    said: NDArray[np.float32],
    telling: Telling,
    customers: CustomerBlock,
    products: NDArray[np.integer],
    n_reasons: int,
    noise: float | NDArray[np.float32],
) -> NDArray[np.int32]:
    """The greatest of `said` (n, k, n_things), of what is known or held and may be told; `said` is used up.

    Where nothing exceeds `noise`, `telling.otherwise` is the reason.
    """
    n_products, n_things = telling.may_tell.shape
    held_rows = np.where(customers.held, np.arange(n_things - n_products, n_things), -1)
    rows = np.concatenate([customers.codes, held_rows], axis=1).astype(np.int32)
    # An empty place and an unknown thing are read somewhere: the one is emptied later, the other is silent.
    places = products[:, :, None] * n_things + rows[:, None, :]
    is_silent = ~np.take(telling.may_tell.ravel(), places, mode="wrap") | (rows < 0)[:, None, :]
    np.copyto(said, -np.inf, where=is_silent)
    reasons = np.full((*products.shape, n_reasons), NO_REASON, dtype=np.int32)
    enough = np.broadcast_to(np.asarray(noise, np.float32), n_products)[products]
    for place in range(min(n_reasons, said.shape[2])):
        best = said.argmax(axis=2)[..., None]
        speaks = np.take_along_axis(said, best, axis=2)[..., 0] > enough
        reasons[..., place] = np.where(speaks, np.take_along_axis(rows, best[..., 0], axis=1), NO_REASON)
        np.put_along_axis(said, best, -np.inf, axis=2)
    reasons[..., 0] = np.where(reasons[..., 0] == NO_REASON, telling.otherwise[products], reasons[..., 0])
    reasons[products < 0] = NO_REASON
    return reasons
