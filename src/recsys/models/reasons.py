"""Which known things about a customer speak for a product, found for whole blocks at once."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.explanation.reason import Reason
from recsys.explanation.wording import is_told
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NO_REASON
from recsys.models.parts import Parts

# Below it a contribution is noise of the fit: scores of different products differ by some tenths.
MIN_CONTRIBUTION = 0.02
# Contributions that are held at a time: two megabytes, which a processor keeps near.
_CONTRIBUTIONS_AT_A_TIME = 500_000


class Explaining(Protocol):
    """A model with an account of its scores, and reasons for what is in it."""

    @property
    def encoder(self) -> CustomerEncoder:
        """The encoder of its customers."""

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Those of `reasons_of`."""

    def parts(self, customers: CustomerBlock, products: NDArray[np.integer]) -> Parts:
        """See `Recommender.parts`."""


def explain_by_parts(
    model: Explaining,
    customers: CustomerBlock,
    products: NDArray[np.integer],
    is_popular: NDArray[np.bool_],
    n_reasons: int,
    least: float | NDArray[np.float32] = MIN_CONTRIBUTION,
) -> NDArray[np.int32]:
    """`Recommender.explain` of a model whose `reasons` are those of `reasons_of`, with bounded memory.

    What is told are the greatest contributions of the account, of what is known and held and may be told. `least`, one
    number or one for each product, is what a contribution must exceed to be a reason.
    """
    may_tell = np.array([is_told(reason) for reason in model.reasons[: model.encoder.n_features]], np.bool_)
    reasons = np.empty((*products.shape, n_reasons), dtype=np.int32)
    per_customer = products.shape[1] * (customers.codes.shape[1] + customers.held.shape[1])
    step = max(1, _CONTRIBUTIONS_AT_A_TIME // max(per_customer, 1))
    for start in range(0, len(customers), step):
        rows = slice(start, start + step)
        block = customers.take(rows)
        said = told(model.parts(block, products[rows]), block, may_tell)
        reasons[rows] = strongest(said, block, products[rows], model.encoder.n_features, is_popular, n_reasons, least)
    return reasons


def strongest(
    said: NDArray[np.float32],
    customers: CustomerBlock,
    products: NDArray[np.integer],
    n_features: int,
    is_popular: NDArray[np.bool_],
    n_reasons: int,
    least: float | NDArray[np.float32] = MIN_CONTRIBUTION,
) -> NDArray[np.int32]:
    """The reasons that speak most for each of `products` (n, k), strongest first, (n, k, n_reasons) int32.

    `said` is what `told` gives, which is used up. Only those above `least` count. Features have
    the numbers of their codes and a held product `n_features` plus its column. Where there is none and the product
    `is_popular` (n_products,), popularity is the reason, numbered after them; where it is not, all that can be said is
    that the product is open to the customer, numbered last. `NO_REASON` fills the rest.
    """
    n_things = n_features + customers.held.shape[1]
    held_rows = np.arange(n_features, n_things, dtype=np.int32)
    rows = np.concatenate([customers.codes, np.broadcast_to(held_rows, customers.held.shape)], axis=1)
    reasons = np.full((*products.shape, n_reasons), NO_REASON, dtype=np.int32)
    enough = np.broadcast_to(np.asarray(least, np.float32), is_popular.shape)[products]
    for place in range(min(n_reasons, said.shape[2])):
        best = said.argmax(axis=2)[..., None]
        speaks = np.take_along_axis(said, best, axis=2)[..., 0] > enough
        reasons[..., place] = np.where(speaks, np.take_along_axis(rows, best[..., 0], axis=1), NO_REASON)
        np.put_along_axis(said, best, -np.inf, axis=2)
    impersonal = np.where(is_popular[products], n_things, n_things + 1)
    reasons[..., 0] = np.where(reasons[..., 0] == NO_REASON, impersonal, reasons[..., 0])
    reasons[products < 0] = NO_REASON
    return reasons


def told(parts: Parts, customers: CustomerBlock, may_tell: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The contributions that may be told of, (n, k, n_things): -inf for the rest.

    They are of what is known, by a feature that `may_tell` (n_features,), or held. They are those of `parts`
    themselves, which are used up.
    """
    # The entry after the last answers for -1, an unknown feature.
    is_told_of = np.append(may_tell, np.False_)[customers.codes]
    is_silent = ~np.concatenate([is_told_of, customers.held], axis=1)
    np.copyto(parts.contributions, -np.inf, where=is_silent[:, None, :])
    return parts.contributions
