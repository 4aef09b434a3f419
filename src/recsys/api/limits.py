"""How often somebody may ask."""

from __future__ import annotations

import math
import time
from http import HTTPStatus

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem

# Enough for whoever mistypes, and too few to guess a password by.
_SIGN_INS = RateLimitItemPerMinute(10)


class RateLimits:
    """Counts requests of a sliding minute: of a principal by subject, of whoever has no token by address.

    Each process counts for itself, and forgets what is older.
    """

    def __init__(self, *, person: int, system: int) -> None:
        self._of_persons, self._of_systems = RateLimitItemPerMinute(person), RateLimitItemPerMinute(system)
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count_principal(self, principal: Principal) -> None:
        """One more request of `principal`. Raises `Problem` 429 where it is one too many."""
        limit = self._of_systems if Scope.SYSTEM in principal.scopes else self._of_persons
        self._count(limit, "subject", principal.subject)

    def count_address(self, address: str) -> None:
        """One more request without a token that counts. Raises `Problem` 429 where it is one too many."""
        self._count(self._of_persons, "address", address)

    def count_sign_in(self, name: str) -> None:
        """One more password tried for `name`. Raises `Problem` 429 where it is one too many."""
        self._count(_SIGN_INS, "sign-in", name)

    def _count(self, limit: RateLimitItemPerMinute, kind: str, who: str) -> None:
        if self._counts.hit(limit, kind, who):
            return
        resets_at = self._counts.get_window_stats(limit, kind, who).reset_time
        seconds = max(1, math.ceil(resets_at - time.time()))
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-requests",
            f"{limit.amount:,} of these a minute are answered; ask again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
