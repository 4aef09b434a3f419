"""How often somebody may ask."""

from __future__ import annotations

import math
import time
from http import HTTPStatus

from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.api.sliding_minute import SlidingMinute

# Enough for whoever mistypes, and too few to guess a password by.
_SIGN_INS = 10


class RateLimits:
    """Counts requests of a sliding minute: of a principal by subject, of whoever has no token by address.

    Each process counts for itself, and forgets what is older.
    """

    def __init__(self, *, person: int, system: int) -> None:
        self._of_persons, self._of_systems = person, system
        self._counts = SlidingMinute()

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

    def _count(self, most: int, kind: str, who: str) -> None:
        seconds = math.ceil(self._counts.count(f"{kind} {who}", most, time.monotonic()))
        if not seconds:
            return
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-requests",
            f"{most:,} of these a minute are answered; ask again in {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )
