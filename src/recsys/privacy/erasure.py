"""What an erasure did, place by place: the receipt that proves it, in counts and dates, without any value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recsys.privacy.places import Place


@dataclass(frozen=True, slots=True)
class ErasedPlace:
    """What was done in one place: rows that went, that were sealed aside until a day, and that stay."""

    place: Place
    n_erased: int = 0
    n_restricted: int = 0
    n_kept: int = 0
    restricted_until: date | None = None

    @property
    def n_rows(self) -> int:
        """Rows of the person that were found."""
        return self.n_erased + self.n_restricted + self.n_kept

    def to_json(self) -> dict[str, Any]:
        """One line of the receipt."""
        return {
            "place": self.place.name,
            "holds": self.place.holds,
            "erased": self.n_erased,
            "restricted": self.n_restricted,
            "restricted_until": self.restricted_until.isoformat() if self.restricted_until else None,
            "kept": self.n_kept,
            "why": self.place.duty if self.n_restricted or self.n_kept else "",
        }


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that an erasure did.

    `files` are counts by kind of file, `flagged` the model versions that were trained while the person was a customer,
    `vectors` by bundle how many vectors of the person went from it.
    """

    n_customers: int
    places: Sequence[ErasedPlace]
    files: Mapping[str, int] = field(default_factory=dict)
    flagged: Sequence[str] = ()
    vectors: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {
            "customers": self.n_customers,
            "places": [place.to_json() for place in self.places],
            "files": dict(self.files),
            "models": {"trained_on": list(self.flagged), "vectors": dict(self.vectors)},
        }


def is_trained_on(version_tags: Mapping[str, str], first_registration: date | None) -> bool:
    """Whether a model version may have learned from a person who first registered on that day (None: unknown)."""
    as_of = version_tags.get("as_of")
    return as_of is None or first_registration is None or as_of >= first_registration.isoformat()
