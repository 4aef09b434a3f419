"""The candidates of one training side by side, each figure with its interval: what people compare them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.outcome import FoldOutcome
from recsys.types import JSON

HEADLINE_METRIC = "ndcg_at_5"
# Told with an interval for each candidate under both protocols.
INTERVAL_METRICS = (HEADLINE_METRIC, "mrr", "map_at_7")
# What is logged of the cold protocol goes by the metric's own name behind this: `cold_ndcg_at_5`.
COLD = "cold_"


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One candidate. `intervals` and `metrics` go by the metric's name, those of the cold protocol with `COLD` before.

    `gain`, `cold_gain`: paired difference in NDCG@5 to popularity under each protocol; None for popularity itself.
    `gap`: paired difference to the candidate that ranks best; None for that one. `problem` says why a candidate could
    not be fitted: such a row has no figures.
    """

    name: str
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    gain: Interval | None = None
    cold_gain: Interval | None = None
    gap: Interval | None = None
    problem: str = ""

    @property
    def is_measured(self) -> bool:
        """Whether it has figures."""
        return bool(self.intervals)

    @property
    def ndcg(self) -> float:
        """Mean NDCG@5 with owned products shown; below all others where it was not measured."""
        return self.intervals[HEADLINE_METRIC].mean if self.is_measured else -1.0

    def flat(self) -> dict[str, float]:
        """Every figure by a name of its own: intervals also as `ndcg_at_5_lower` and `ndcg_at_5_upper`."""
        differences = {
            "ndcg_gain": self.gain,
            f"{COLD}ndcg_gain": self.cold_gain,
            "ndcg_gap_to_best": self.gap,
        }
        ends = {
            f"{name}_{end}": getattr(interval, end)
            for name, interval in {**self.intervals, **differences}.items()
            if interval is not None
            for end in ("lower", "upper")
        }
        means = {name: interval.mean for name, interval in differences.items() if interval is not None}
        return {**self.metrics, **means, **ends}

    def to_json(self) -> dict[str, JSON]:
        """As the file of a run holds it; `row_of` reads it back."""
        return {
            "name": self.name,
            "intervals": {name: _to_json(interval) for name, interval in self.intervals.items()},
            "metrics": dict(self.metrics),
            **{name: _to_json(getattr(self, name)) for name in _DIFFERENCES},
            "problem": self.problem,
        }


_DIFFERENCES = ("gain", "cold_gain", "gap")


def row_of(values: Mapping[str, JSON]) -> CandidateRow:
    """The row that `CandidateRow.to_json` wrote."""
    stored: dict[str, object] = dict(values)
    stored["intervals"] = {name: _interval(one) for name, one in stored["intervals"].items()}  # type: ignore[attr-defined]
    return CandidateRow(**{**stored, **{name: _interval(stored[name]) for name in _DIFFERENCES}})  # type: ignore[arg-type]


def candidate_rows(
    warm: Mapping[str, FoldOutcome],
    cold: Mapping[str, FoldOutcome],
    resampling: Resampling,
    problems: Mapping[str, str],
) -> list[CandidateRow]:
    """A row for each candidate, best first, those that could not be fitted last.

    `warm` and `cold` hold the outcomes of all folds together (`outcome.pooled`), of the customers of `resampling` in
    its order. `problems` are the candidates that could not be fitted, and why.
    """
    if not warm:
        return [CandidateRow(name, problem=problem) for name, problem in problems.items()]
    best = max(warm, key=lambda name: float(warm[name].ndcg.mean()))
    rows = [_row(name, warm, cold, resampling, best) for name in warm]
    ranked = sorted(rows, key=lambda row: -row.ndcg)
    return ranked + [CandidateRow(name, problem=problem) for name, problem in problems.items()]


def _row(
    name: str, warm: Mapping[str, FoldOutcome], cold: Mapping[str, FoldOutcome], resampling: Resampling, best: str
) -> CandidateRow:
    protocols = {"": warm[name], **({COLD: cold[name]} if name in cold else {})}
    intervals = {
        f"{prefix}{metric}": resampling.mean(outcome.per_customer[metric])
        for prefix, outcome in protocols.items()
        for metric in INTERVAL_METRICS
    }
    metrics = {
        f"{prefix}{metric}": value for prefix, outcome in protocols.items() for metric, value in outcome.metrics.items()
    }
    seconds = {"fit_seconds": warm[name].fit_seconds, "score_seconds": warm[name].score_seconds}

    def against(other: str, outcomes: Mapping[str, FoldOutcome]) -> Interval | None:
        if name == other or name not in outcomes or other not in outcomes:
            return None
        return resampling.difference(outcomes[name].ndcg, outcomes[other].ndcg)

    return CandidateRow(
        name, intervals, {**metrics, **seconds}, against(FLOOR, warm), against(FLOOR, cold), against(best, warm)
    )


def _to_json(interval: Interval | None) -> JSON:
    return None if interval is None else [interval.mean, interval.lower, interval.upper, interval.level]


def _interval(values: object) -> Interval | None:
    return Interval(*values) if isinstance(values, list) else None
