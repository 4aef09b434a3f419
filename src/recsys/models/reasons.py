"""Which known things about a customer speak for a product, found for whole blocks at once."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import AVAILABLE, NO_REASON, POPULAR, Reason
from recsys.models.parts import Parts

# Below it a contribution is noise of the fit: scores of different products differ by some tenths.
MIN_CONTRIBUTION = 0.02
# Contributions that are held at a time: two megabytes, which a processor keeps near.
_CONTRIBUTIONS_AT_A_TIME = 500_000


def reasons_of(encoder: CustomerEncoder, product_names: tuple[str, ...], currency: str) -> tuple[Reason, ...]:
    """One reason for each feature in the encoder's order, one for each product held, and two that fit anybody."""
    reasons = []
    for vocabulary in encoder.vocabularies:
        attribute = vocabulary.attribute
        for code, words in vocabulary.names():
            text = words.replace("{currency}", currency)
            reasons.append(Reason(f"{attribute.name}:{code}", attribute.sentence.replace("{}", text)))
    for product_id, name in zip(encoder.product_ids, product_names, strict=True):
        reasons.append(Reason(f"holds:{product_id}", f"You hold {name}"))
    return (*reasons, POPULAR, AVAILABLE)


def reasons_of_others(encoder: CustomerEncoder, product_names: tuple[str, ...], currency: str) -> tuple[Reason, ...]:
    """The reasons of `reasons_of`, in its order and by its codes, said of the customers who share them."""
    reasons = []
    for reason in reasons_of(encoder, product_names, currency)[: encoder.n_features]:
        sentence = reason.sentence[0].lower() + reason.sentence[1:]
        reasons.append(Reason(reason.code, f"Popular with customers like you: {sentence}"))
    for product_id, name in zip(encoder.product_ids, product_names, strict=True):
        reasons.append(Reason(f"holds:{product_id}", f"Customers who hold {name} often take this"))
    return (*reasons, POPULAR, AVAILABLE)


class Explaining(Protocol):
    """A model with an account of its scores, and the encoder by which things are named."""

    @property
    def encoder(self) -> CustomerEncoder:
        """The encoder of its customers."""

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

    What is told are the greatest contributions of the account, of what is known and held. `least`, one number or one
    for each product, is what a contribution must exceed to be a reason.
    """
    reasons = np.empty((*products.shape, n_reasons), dtype=np.int32)
    per_customer = products.shape[1] * (customers.codes.shape[1] + customers.held.shape[1])
    step = max(1, _CONTRIBUTIONS_AT_A_TIME // max(per_customer, 1))
    for start in range(0, len(customers), step):
        rows = slice(start, start + step)
        block = customers.take(rows)
        said = told(model.parts(block, products[rows]), block)
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


def told(parts: Parts, customers: CustomerBlock) -> NDArray[np.float32]:
    """The contributions that may be told of, (n, k, n_things): -inf for what is unknown and for what is not held.

    They are those of `parts` themselves, which are used up.
    """
    is_unknown = np.concatenate([customers.codes < 0, ~customers.held], axis=1)
    np.copyto(parts.contributions, -np.inf, where=is_unknown[:, None, :])
    return parts.contributions
