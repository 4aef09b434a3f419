"""Who is registered twice, when, and what the two registrations still have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.feed.demo.arrays import Bools, Ints, running_numbers

DUPLICATE_SHARE = 0.04  # of customers
# Of the second registrations, so many are the third of somebody.
THIRD_SHARE = 0.06
# Kinds and their shares. All but the first two share neither national id nor e-mail address.
DUPLICATE_KINDS = (
    "national_id", "email and birth_date", "fuzzy name", "nickname or initial", "double name", "married name",
    "birth date mistyped", "moved",
)  # fmt: skip
_SHARES = (0.2, 0.2, 0.2, 0.08, 0.05, 0.07, 0.1, 0.1)
NATIONAL_ID, EMAIL, FUZZY, NICKNAME, DOUBLE, MARRIED, BIRTH_DATE, MOVED = range(len(DUPLICATE_KINDS))


@dataclass(frozen=True, slots=True)
class Duplicates:
    """`m` second (and third) registrations: places of the persons, kinds, and days of registration."""

    originals: Ints
    kinds: Ints
    registered: Ints

    def __len__(self) -> int:
        return len(self.originals)

    @property
    def ranks(self) -> Ints:
        """0 for the second registration of a person, 1 for the third `(m,)`."""
        return running_numbers(self.originals, int(self.originals.max(initial=-1)) + 1)


def draw_duplicates(
    rng: np.random.Generator, n: int, may_repeat: Bools, has: dict[str, Bools], since: Ints, today: int
) -> Duplicates:
    """`n` registrations of persons who `may_repeat`, some day after they first came (`since`).

    `has` tells who has a national id and an e-mail address that could be the same again.
    """
    n_third = int(n * THIRD_SHARE)
    second = rng.permutation(np.nonzero(may_repeat)[0])[: n - n_third]
    originals = np.concatenate([second, second[:n_third]])
    kinds = rng.choice(len(DUPLICATE_KINDS), len(originals), p=_SHARES)
    for kind, name in ((NATIONAL_ID, "national_id"), (EMAIL, "email")):
        kinds = np.where((kinds == kind) & ~has[name][originals], FUZZY, kinds)
    first = since[originals]
    registered = first + 1 + (rng.random(len(originals)) * (today - first - 1)).astype(np.int64)
    return Duplicates(originals, kinds, registered)
