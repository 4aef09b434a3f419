"""Which known things about a customer speak for a product, found for whole blocks at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.models.base import NO_REASON, POPULAR, Reason

# Below it a contribution is noise of the fit: scores of different products differ by some tenths.
MIN_CONTRIBUTION = 0.02


def reasons_of(encoder: CustomerEncoder, product_names: tuple[str, ...], currency: str) -> tuple[Reason, ...]:
    """One reason for each feature in the encoder's order, one for each product held, and popularity last."""
    reasons = []
    for vocabulary in encoder.vocabularies:
        attribute = vocabulary.attribute
        for code, words in vocabulary.names():
            text = words.replace("{currency}", currency)
            reasons.append(Reason(f"{attribute.name}:{code}", attribute.sentence.replace("{}", text)))
    for product_id, name in zip(encoder.product_ids, product_names, strict=True):
        reasons.append(Reason(f"holds:{product_id}", f"You hold {name}"))
    return (*reasons, POPULAR)


def contrasts(
    feature_scores: NDArray[np.float32],
    held_scores: NDArray[np.float32],
    feature_shares: NDArray[np.float32],
    held_shares: NDArray[np.float32],
    offsets: NDArray[np.int32],
) -> NDArray[np.float32]:
    """What each feature and each held product says for each product, compared with the average, float32.

    Shape (n_features + n_products, n_products). `feature_scores` (n_features, n_products) and `held_scores`
    (n_products, n_products) are terms of a sum, so each is only meaningful against what would stand there instead:
    from every row the mean of its attribute's rows, weighted by the shares of customers (n_features,), is taken (for
    a held product: its share times its own row), and then the row's mean over products, because a term that lifts
    all products alike ranks none of them.
    """
    parts = []
    for start, end in pairwise(offsets):
        rows, shares = feature_scores[start:end], feature_shares[start:end]
        average = shares @ rows / max(float(shares.sum()), 1e-9)
        parts.append(rows - average)
    table = np.vstack([*parts, held_scores * (1 - held_shares)[:, None]])
    centred: NDArray[np.float32] = (table - table.mean(axis=1, keepdims=True)).astype(np.float32)
    return centred


def strongest(
    customers: CustomerBlock,
    products: NDArray[np.integer],
    table: NDArray[np.float32],
    is_popular: NDArray[np.bool_],
    n_reasons: int,
) -> NDArray[np.int32]:
    """Rows of `table` that speak most for each of `products` (n, k), strongest first, (n, k, n_reasons) int32.

    `table` is what `contrasts` gives. Only contributions above `MIN_CONTRIBUTION` count. Where there is none and the
    product `is_popular` (n_products,), popularity is the reason, numbered `len(table)`. `NO_REASON` fills the rest.
    """
    n_features = len(table) - customers.held.shape[1]
    said, numbers = _contributions(customers, products, table, n_features)
    reasons = np.full((*products.shape, n_reasons), NO_REASON, dtype=np.int32)
    for place in range(min(n_reasons, said.shape[2])):
        best = said.argmax(axis=2)[..., None]
        speaks = np.take_along_axis(said, best, axis=2)[..., 0] > MIN_CONTRIBUTION
        found = np.take_along_axis(np.broadcast_to(numbers[:, None, :], said.shape), best, axis=2)[..., 0]
        reasons[..., place] = np.where(speaks, found, NO_REASON)
        np.put_along_axis(said, best, -np.inf, axis=2)
    is_bare = (reasons[..., 0] == NO_REASON) & is_popular[products]
    reasons[..., 0] = np.where(is_bare, len(table), reasons[..., 0])
    reasons[products < 0] = NO_REASON
    return reasons


def _contributions(
    customers: CustomerBlock, products: NDArray[np.integer], table: NDArray[np.float32], n_features: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Contribution of each attribute and held product to each of `products`, and the rows of `table` they are from."""
    codes = customers.codes
    of_features = table[codes[:, None, :], products[:, :, None]]
    of_features = np.where((codes >= 0)[:, None, :], of_features, -np.inf)
    of_held = table[n_features:].T[products]
    of_held = np.where(customers.held[:, None, :], of_held, -np.inf)
    held_numbers = np.broadcast_to(np.arange(n_features, len(table)), customers.held.shape)
    said = np.concatenate([of_features, of_held], axis=2)
    return said.astype(np.float32), np.concatenate([codes, held_numbers], axis=1)
