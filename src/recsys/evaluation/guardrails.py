"""What a candidate must not break to be promoted, however well it ranks on average."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.gate import Rankings
from recsys.evaluation.slices import SMALLEST_SLICE

# The ends of intervals for many slices together lie far out.
_N_RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one installation. A parity limit of None is reported and not enforced.

    `max_slice_loss`: NDCG@5 that a slice of customers may lose for certain. `min_coverage`: share of the products that
    anybody is offered. `max_calibration_error`: expected calibration error of what customers are recommended first,
    above what chance explains. Parities are ratios between the group that gets least and the one that gets most, 1
    where all get the same.
    """

    max_slice_loss: float
    min_coverage: float
    max_calibration_error: float
    min_exposure_parity: float | None = None
    min_precision_parity: float | None = None


@dataclass(frozen=True, slots=True)
class Conduct:
    """What the outer folds saw of a candidate besides its ranking; NaN where it could not be measured.

    `calibration_error_by_chance` is what right probabilities would show of so few customers. Parities go by the
    attribute that tells the groups apart, such as `gender`.
    """

    coverage: float
    calibration_error: float
    calibration_error_by_chance: float
    exposure_parity: Mapping[str, float]
    precision_parity: Mapping[str, float]


def broken_rails(conduct: Conduct, limits: Limits) -> list[str]:
    """The guardrails that a candidate breaks, as sentences; empty where it keeps them all."""
    broken = []
    if conduct.coverage < limits.min_coverage:
        broken.append(
            f"only {conduct.coverage:.0%} of the products are offered, {limits.min_coverage:.0%} is the least"
        )
    error, by_chance = conduct.calibration_error, conduct.calibration_error_by_chance
    if error - by_chance > limits.max_calibration_error:
        most = limits.max_calibration_error
        broken.append(f"its probabilities are off by {error:.3f}, {most:g} above chance ({by_chance:.3f}) is the most")
    parities = (
        ("exposure", conduct.exposure_parity, limits.min_exposure_parity),
        ("precision", conduct.precision_parity, limits.min_precision_parity),
    )
    for what, by_attribute, least in parities:
        if least is not None:
            broken += _unequal(what, by_attribute, least)
    return broken


def _unequal(what: str, by_attribute: Mapping[str, float], least: float) -> list[str]:
    """A limit that is enforced is not kept by what nobody could measure."""
    if not by_attribute:
        return [f"{what} parity could not be measured: no attribute tells groups apart, and {least:g} is the least"]
    return [
        f"{what} parity between groups of {attribute} "
        + ("could not be measured" if math.isnan(parity) else f"is {parity:.2f}")
        + f", {least:g} is the least"
        for attribute, parity in by_attribute.items()
        if not parity >= least
    ]


def worse_slices(
    rankings: Rankings, slices: Mapping[str, NDArray[np.bool_]], challenger: str, reference: str, max_loss: float
) -> list[str]:
    """Slices of customers, bool (n,) by name, that the challenger serves worse by more than `max_loss` for certain.

    For certain: the upper end of the paired interval of the difference in NDCG@5 lies below 0, and the difference
    itself below `-max_loss`. The intervals hold for all slices together with 95 % (Bonferroni): of twenty that a model
    serves just as well, one would else look worse in two of five trainings.
    """
    large = {name: is_in for name, is_in in slices.items() if is_in.sum() >= SMALLEST_SLICE}
    level = 1 - (1 - rankings.resampling.level) / max(len(large), 1)
    resampling = replace(rankings.resampling, level=level, n_resamples=_N_RESAMPLES)
    change_of = rankings.ndcg[challenger] - rankings.ndcg[reference]
    worse = []
    for name, is_in in large.items():
        change = resampling.mean(np.where(is_in, change_of, np.nan))
        if change.mean < -max_loss and change.upper < 0:
            worse.append(f"{name} ({int(is_in.sum()):,} customers) loses {-change.mean:.4f} NDCG@5 against {reference}")
    return worse
