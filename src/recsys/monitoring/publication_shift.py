"""How far a publication is from the one that readers see now, and whether that is too far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    """What is compared: persons ranked, persons who got at least one row, and rows per product."""

    n_persons: int
    n_served: int
    rows_by_product: Mapping[str, int]

    @property
    def coverage(self) -> float:
        """Share of persons with at least one recommendation; 0 where nobody was ranked."""
        return self.n_served / self.n_persons if self.n_persons else 0.0


@dataclass(frozen=True, slots=True)
class PublicationShift:
    """Four distances, all shares from 0 (nothing changed) to 1.

    `mix_shift`: total variation between the two product mixes. `coverage_drop`: how much smaller the share of persons
    served became, 0 where it grew. `churn`: share of persons served by both whose first product changed.
    `persons_drop`: share by which the number of persons fell, 0 where it grew.
    """

    mix_shift: float
    coverage_drop: float
    churn: float
    persons_drop: float


@dataclass(frozen=True, slots=True)
class ShiftLimits:
    """The largest shift that passes, per distance."""

    max_mix_shift: float
    max_coverage_drop: float
    max_churn: float
    max_persons_drop: float


def publication_shift(
    last: PublicationFacts, new: PublicationFacts, *, n_shared: int, n_first_changed: int
) -> PublicationShift:
    """Compare `new` with `last`; `n_first_changed` of `n_shared` persons in both got another first product."""
    return PublicationShift(
        mix_shift=total_variation(last.rows_by_product, new.rows_by_product),
        coverage_drop=max(0.0, last.coverage - new.coverage),
        churn=n_first_changed / n_shared if n_shared else 0.0,
        persons_drop=max(0.0, 1 - new.n_persons / last.n_persons) if last.n_persons else 0.0,
    )


def total_variation(left: Mapping[str, int], right: Mapping[str, int]) -> float:
    """Half the sum of absolute differences of two distributions, given as counts (Levin & Peres, 2017, prop. 4.2).

    0 for equal mixes, 1 for mixes without a product in common; an empty mix is at distance 1 from any other.
    """
    n_left, n_right = sum(left.values()), sum(right.values())
    if not n_left or not n_right:
        return 0.0 if n_left == n_right else 1.0
    products = sorted(left.keys() | right.keys())
    return sum(abs(left.get(name, 0) / n_left - right.get(name, 0) / n_right) for name in products) / 2


def broken_limits(shift: PublicationShift, limits: ShiftLimits) -> list[str]:
    """One sentence per limit that the shift breaks, with both figures; empty where it passes."""
    figures = (
        ("product mix moved", shift.mix_shift, limits.max_mix_shift),
        ("share of persons served fell", shift.coverage_drop, limits.max_coverage_drop),
        ("share of persons with another first product moved", shift.churn, limits.max_churn),
        ("the number of persons fell", shift.persons_drop, limits.max_persons_drop),
    )
    return [f"{what} by {value:.3f}, allowed {limit:.3f}" for what, value, limit in figures if value > limit]
