"""From pairs to persons: joined from the surest pair to the least sure, and never two that are known to be apart.

Plain connected components chain: twins become one person over a row that has only their initial. Here a pair that
would bring such two together is left out, and stays for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein

from recsys.cleaning.persons import Indices

Pair: TypeAlias = tuple[int, int]

# What a typing error makes of a number.
_TYPING_ERROR = 1


class Clusters:
    """Customers 0 to m - 1, each alone at first."""

    def __init__(self, apart: Iterable[Pair], national_ids: Mapping[int, str]) -> None:
        self._apart: dict[int, set[int]] = {}
        for left, right in apart:
            self._apart.setdefault(left, set()).add(right)
            self._apart.setdefault(right, set()).add(left)
        self._ids = national_ids
        self._members: dict[int, list[int]] = {}
        self._cluster: dict[int, int] = {}

    def join(self, left: int, right: int, *, is_decided: bool = False) -> bool:
        """Bring two customers and all of theirs together, unless any two of them are apart. What people decided wins
        over different national ids, not over what people split.
        """
        first, second = self.cluster(left), self.cluster(right)
        if first == second:
            return True
        theirs = self.members(first), self.members(second)
        if any(two in self._apart.get(one, ()) for one, two in product(*theirs)):
            return False
        if not is_decided and self._have_different_ids(*theirs):
            return False
        keep, drop = min(first, second), max(first, second)
        self._members[keep] = [*self.members(keep), *self.members(drop)]
        self._cluster |= dict.fromkeys(self._members.pop(drop, [drop]), keep)
        return True

    def cluster(self, customer: int) -> int:
        """The smallest customer of those who are together with this one."""
        return self._cluster.get(customer, customer)

    def members(self, cluster: int) -> list[int]:
        """Who is in a cluster."""
        return self._members.get(cluster, [cluster])

    def labels(self, n_customers: int) -> Indices:
        """The cluster of each customer, shape (m,)."""
        found = np.arange(n_customers, dtype=np.int64)
        if self._cluster:
            found[list(self._cluster)] = list(self._cluster.values())
        return found

    def _have_different_ids(self, first: Sequence[int], second: Sequence[int]) -> bool:
        ids = ({self._ids[one] for one in side if one in self._ids} for side in (first, second))
        return any(
            DamerauLevenshtein.distance(left, right, score_cutoff=_TYPING_ERROR) > _TYPING_ERROR
            for left, right in product(*ids)
        )
