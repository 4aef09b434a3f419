"""What customers may be told of each product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.explanation.needs import first_of, is_popularity_told, may_name, speaks_to
from recsys.explanation.reason import AVAILABLE, POPULAR, Reason, meant_for, reasons_of, unprofiled
from recsys.explanation.wording import is_told
from recsys.features.encoder import CustomerEncoder


@dataclass(frozen=True)
class Telling:
    """`reasons` are those of `reasons_of`, and after them such as need nothing of a customer.

    `may_tell` (n_products, n_features + n_products) bool: which of `reasons_of` may be told of which product.
    `otherwise` (n_products,) int32: the position of what is said where none of them speaks for it; `unprofiled`
    (n_products,) int32: of what is said to a customer who is not profiled.
    """

    reasons: tuple[Reason, ...]
    may_tell: NDArray[np.bool_]
    otherwise: NDArray[np.int32]
    unprofiled: NDArray[np.int32]


def telling_of(
    encoder: CustomerEncoder,
    product_names: Sequence[str],
    needs: Sequence[frozenset[str]],
    is_popular: NDArray[np.bool_],
    currency: str,
) -> Telling:
    """What may be told of the encoder's products, which have `product_names` and serve `needs`, all in its order.

    Where nothing about a customer speaks for a product, it is popular, if that may be told, or meant for the first of
    its needs, or at least open to the customer.
    """
    reasons = reasons_of(encoder, product_names, currency)
    features = reasons[: encoder.n_features]
    # Many products serve the same needs.
    told_of = {served: _told_of(served, features, needs) for served in set(needs)}
    may_tell = np.array([told_of[served] for served in needs], np.bool_).reshape(len(needs), len(reasons))
    impersonal = [
        POPULAR if popular and is_popularity_told(served) else _meant(served)
        for popular, served in zip(is_popular, needs, strict=True)
    ]
    added = list(dict.fromkeys(impersonal))
    otherwise = np.array([len(reasons) + added.index(one) for one in impersonal], np.int32)
    told = (*reasons, *added, *(unprofiled(reason) for reason in added))
    return Telling(told, may_tell, otherwise, otherwise + np.int32(len(added)))


def _told_of(served: frozenset[str], features: Sequence[Reason], needs: Sequence[frozenset[str]]) -> list[bool]:
    may_name_of = {held: may_name(served, held) for held in set(needs)}
    return [
        *(is_told(reason) and speaks_to(served, reason) for reason in features),
        *(may_name_of[held] for held in needs),
    ]


def _meant(served: frozenset[str]) -> Reason:
    need = first_of(served)
    return meant_for(need) if need else AVAILABLE
