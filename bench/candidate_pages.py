"""What docs/models.md says of one training: its candidates with intervals, and the bars that they are held to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.markers import table
from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.evaluation.candidate_table import CandidateRow
from recsys.governance.decisions import in_words, version_in_words
from recsys.io.training_runs import LoggedRun
from recsys.models.candidates import BY_KIND

COLD, CUSTOMERS = "cold/", "customers"
OTHER_LIGHTFM = ("hybrid", "content", "collaborative")
# No model of its own kind: what is chosen is held against the best of the others.
NOT_SINGLE = ("blend", "champion")
Arrays = Mapping[str, NDArray[Any]]


class Bar(NamedTuple):
    """A difference in NDCG@5 between two candidates and what it must be: its mean or its lower bound above `least`."""

    left: str
    right: str
    least: float
    of_mean: bool
    why: str

    def holds(self, interval: Interval) -> bool:
        """Whether it does."""
        return (interval.mean if self.of_mean else interval.lower) > self.least


def feed_part(training: LoggedRun, rows: Sequence[CandidateRow], rankings: Arrays, seed: int) -> str:
    """Tables of one feed."""
    challenger = training.tags["challenger"]
    n_tested, history = len(rankings[CUSTOMERS]), training.tags["history"]
    head = (
        f"{n_tested:,} tested customers, data until {training.tags['as_of']} ({history}). Chosen by the inner folds: "
        f"**{challenger}**. {training.tags.get('decision', '')}"
    )
    bars = bar_rows(challenger, rows, rankings, seed)
    unmeasured = [f"- `{row.name}` did not compete: {row.problem}" for row in rows if not row.is_measured]
    return "\n\n".join(
        part
        for part in (
            head,
            candidate_table(challenger, rows),
            "\n".join(unmeasured),
            table(["bar (NDCG@5, paired, 95 % interval)", "warm", "cold", "holds"], bars),
        )
        if part
    )


def candidate_table(challenger: str, rows: Sequence[CandidateRow]) -> str:
    """Every candidate under both protocols, best first."""
    header = ["candidate", "NDCG@5", "cold", "MRR", "cold", "MAP@7", "NDCG@5 above popularity", "fit, s"]
    return table(header, [_candidate_cells(row, challenger) for row in rows if row.is_measured])


def bars_of(challenger: str, rows: Sequence[CandidateRow]) -> list[Bar]:
    """What the candidates of a training are held to. `rows` best first."""
    names = [row.name for row in rows if row.is_measured]
    best = next(name for name in names if name not in NOT_SINGLE)
    bars = [Bar("inductive", other, 0.0, True, "is above") for other in OTHER_LIGHTFM]
    bars += [
        Bar("inductive", "logistic", -0.02, False, "is within .02 of"),
        Bar(challenger, best, -0.005, False, "(chosen) is within .005 of the best single candidate,"),
    ]
    return [bar for bar in bars if {bar.left, bar.right} <= set(names)]


def bar_rows(challenger: str, rows: Sequence[CandidateRow], rankings: Arrays, seed: int) -> list[list[str]]:
    """The bars with their paired intervals under both protocols; whether they hold is a matter of both for the first
    kind, and of the protocol that chooses, warm, for the others.
    """
    resampling = Resampling(rankings[CUSTOMERS], seed)
    lines = []
    for bar in bars_of(challenger, rows):
        warm, cold = (
            resampling.difference(rankings[f"{prefix}{bar.left}"], rankings[f"{prefix}{bar.right}"])
            for prefix in ("", COLD)
        )
        if bar.left == bar.right:
            lines.append([f"{bar.left} {bar.why} itself", "0", "0", "yes"])
            continue
        verdicts = " / ".join("yes" if bar.holds(one) else "**no**" for one in (warm, cold))
        lines.append([f"{bar.left} {bar.why} {bar.right}", _signed(warm), _signed(cold), verdicts])
    return lines


def importance_part(text: str, n_shown: int = 12) -> str:
    """From a run's `importance.csv`: what NDCG@5 loses in all, with the three products that lose most."""
    by_taken: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        by_taken.setdefault((row["way"], row["taken"]), []).append(row)
    lines = [_importance_cells(way, taken, rows) for (way, taken), rows in by_taken.items()]
    sources = [cells for cells in lines if cells[0] != "permuted"]
    features = [cells for cells in lines if cells[0] == "permuted"][:n_shown]
    header = ["taken away", "how", "NDCG@5 lost, all products", "most lost by product (openings)"]
    return table(header, [[cells[1], cells[0], *cells[2:]] for cells in sources + features])


def history_part(decisions: Iterable[Mapping[str, Any]]) -> str:
    """From `recsys models history --json`."""
    header = ["when (UTC)", "decision", "version", "serves then", "by", "why"]
    return table(header, [_decision_cells(one) for one in decisions])


def _candidate_cells(row: CandidateRow, challenger: str) -> list[str]:
    stays_out = row.name in BY_KIND and BY_KIND[row.name].keeps_vectors
    name = f"**{row.name}**" if row.name == challenger else row.name
    return [
        f"{name} ¹" if stays_out else name,
        _plain(row.intervals["ndcg_at_5"]),
        _plain(row.intervals["cold_ndcg_at_5"]),
        _plain(row.intervals["mrr"]),
        _plain(row.intervals["cold_mrr"]),
        _plain(row.intervals["map_at_7"]),
        "" if row.gain is None else _signed(row.gain),
        f"{row.metrics['fit_seconds']:.1f}",
    ]


def _importance_cells(way: str, taken: str, rows: Sequence[Mapping[str, str]]) -> list[str]:
    whole = next(row for row in rows if not row["product_id"])
    # Of few openings the interval says nothing.
    products = [row for row in rows if row["product_id"] and int(row["n_openings"]) >= 20]
    most = sorted(products, key=lambda row: -float(row["mean"]))[:3]
    named = [f"{row['product_id']} {_signed(_interval(row))} ({row['n_openings']})" for row in most]
    return [way, taken, _signed(_interval(whole)), "; ".join(named)]


def _decision_cells(one: Mapping[str, Any]) -> list[str]:
    return [
        str(one["decided_at"])[:16].replace("T", " "),
        in_words(one["kind"], one["model_version"]),
        version_in_words(one["model_version"], one["recipe_kind"]),
        version_in_words(one["live_version"], one["live_kind"]),
        one["decided_by"],
        one["why"],
    ]


def _interval(row: Mapping[str, str]) -> Interval:
    return Interval(float(row["mean"]), float(row["lower"]), float(row["upper"]))


def _plain(interval: Interval) -> str:
    return f"{_short(interval.mean)} [{_short(interval.lower)}, {_short(interval.upper)}]"


def _signed(interval: Interval) -> str:
    return f"{interval.mean:+.3f} [{interval.lower:+.3f}, {interval.upper:+.3f}]"


def _short(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"
