"""Two trainings, or two candidates, side by side: what differs in how they came about, and in every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.types import JSON

# What a run is tagged with that may explain a difference, and what people call it.
ORIGINS = {
    "as_of": "data until",
    "data_fingerprint": "data",
    "history": "history",
    "point_in_time": "features in time",
    "split_id": "split",
    "tested": "tested customers",
    "protocol": "protocols",
    "feature_schema": "features",
    "rules_version": "rules",
    "code_version": "code",
}
# Both runs must agree in these for their customers to be the same.
_SAME_CUSTOMERS = ("data_fingerprint", "split_id", "tested")
# Parameters that repeat what a tag says.
_REPEATED = ("data_fingerprint",)


@dataclass(frozen=True)
class Compared:
    """One side: a training or a candidate as it was logged.

    `ndcg` (n,) is NDCG@5 of each tested customer and `customers` (n,) their numbers; None where they were not kept.
    """

    run_id: str
    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    ndcg: NDArray[np.floating] | None = None
    customers: NDArray[np.integer] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not the same on both sides; None where one side has none of it."""

    what: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True)
class MetricPair:
    """One metric of both sides; None where one of them has none."""

    name: str
    left: float | None
    right: float | None

    @property
    def difference(self) -> float | None:
        """Right minus left."""
        return None if self.left is None or self.right is None else self.right - self.left


@dataclass(frozen=True)
class Comparison:
    """Two runs: `origins` and `params` that differ, every metric, and NDCG@5 right minus left with its interval.

    `paired` is None where they were not tested on the same customers: their difference is then also the customers'.
    """

    left: Compared
    right: Compared
    origins: Sequence[Change]
    params: Sequence[Change]
    metrics: Sequence[MetricPair]
    paired: Interval | None

    def to_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "left": {"run_id": self.left.run_id, "name": self.left.name},
            "right": {"run_id": self.right.run_id, "name": self.right.name},
            "origins": [asdict(change) for change in self.origins],
            "params": [asdict(change) for change in self.params],
            "metrics": [{**asdict(pair), "difference": pair.difference} for pair in self.metrics],
            "paired": None if self.paired is None else asdict(self.paired),
        }


def compare(left: Compared, right: Compared, seed: int) -> Comparison:
    """What differs, and by how much; intervals resample customers with `seed`."""
    return Comparison(
        left,
        right,
        _changes(_origins(left), _origins(right)),
        _changes(_parameters(left), _parameters(right)),
        [
            MetricPair(name, left.metrics.get(name), right.metrics.get(name))
            for name in sorted(left.metrics.keys() | right.metrics.keys())
        ],
        _paired(left, right, seed),
    )


def have_same_customers(left: Compared, right: Compared) -> bool:
    """Whether both were tested on the same customers, in the same folds of the same data."""
    return all(tag in left.tags and left.tags[tag] == right.tags.get(tag) for tag in _SAME_CUSTOMERS)


def _origins(side: Compared) -> dict[str, str | None]:
    return {name: side.tags.get(tag) for tag, name in ORIGINS.items()}


def _parameters(side: Compared) -> dict[str, str | None]:
    return {name: value for name, value in side.params.items() if name not in _REPEATED}


def _changes(left: Mapping[str, str | None], right: Mapping[str, str | None]) -> list[Change]:
    names = dict.fromkeys((*left, *right))
    return [Change(name, left.get(name), right.get(name)) for name in names if left.get(name) != right.get(name)]


def _paired(left: Compared, right: Compared, seed: int) -> Interval | None:
    if left.ndcg is None or right.ndcg is None or left.customers is None or right.customers is None:
        return None
    if not have_same_customers(left, right) or not np.array_equal(left.customers, right.customers):
        return None
    return Resampling(left.customers, seed).difference(right.ndcg, left.ndcg)
