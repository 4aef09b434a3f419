"""Writing one candidate of a training into MLflow: its figures, tables and pictures, and a run for each fold."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from recsys.evaluation.candidate_table import COLD, HEADLINE_METRIC, CandidateRow
from recsys.evaluation.figures.albums import candidate_album
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.outcome import FoldOutcome, pooled
from recsys.evaluation.report_tables import gains_rows, product_rows, slice_rows
from recsys.governance.recipe_words import recipe_words
from recsys.io.tracking import Tracking
from recsys.io.training_runs import CANDIDATE_LEVEL, FOLD_LEVEL, LEVEL
from recsys.models.popularity import POPULARITY_DEFINITION
from recsys.models.recipe import Recipe
from recsys.steps.training.contest import Contest
from recsys.steps.training.fitting import PROTOCOLS
from recsys.steps.training.report_files import write_pictures, write_table
from recsys.steps.training.selection import InnerTrials
from recsys.types import JSON


@dataclass(frozen=True)
class CandidateReports:
    """What the runs of a training's candidates are written from; `tags` are those of the training."""

    tracking: Tracking
    parent_id: str
    contest: Contest
    inner: InnerTrials
    tags: Mapping[str, str]

    def log(self, row: CandidateRow, recipe: Recipe) -> str:
        """Write a candidate and its folds; returns the id of its run. One that could not be fitted has failed."""
        is_unfitted = row.name in self.contest.unfitted
        tags = {**self.tags, LEVEL: CANDIDATE_LEVEL, "candidate": row.name, **_problem(row, is_unfitted)}
        ends = "FAILED" if is_unfitted else "FINISHED"
        with self.tracking.run(row.name, tags, self.parent_id, ends) as run_id:
            self.tracking.log(run_id, self._params(row.name, recipe), row.flat())
            if row.is_measured:
                self._log_files(run_id, row.name)
            for fold in [*self._inner_folds(row.name), *self._outer_folds(row.name)]:
                self._log_fold(run_id, row.name, fold)
        return run_id

    def _params(self, name: str, recipe: Recipe) -> dict[str, JSON]:
        found = self.contest.calibrations.get(name)
        calibration = {"temperature": found.temperature, "popularity_weight": found.prior_weight} if found else {}
        data: dict[str, JSON] = {"folds": self.contest.fold_dates(), "data_fingerprint": self.tags["data_fingerprint"]}
        return {**params_of(recipe), **calibration, **data}

    def _log_files(self, run_id: str, name: str) -> None:
        folds, floor, names = self.contest.warm[name], self.contest.warm.get(FLOOR, []), self.contest.product_names
        outcome = pooled(folds)
        self.tracking.log_curve(run_id, f"{HEADLINE_METRIC}_by_epoch", folds[-1].curve)
        with tempfile.TemporaryDirectory() as folder:
            write_table(Path(folder), "products", product_rows(outcome, names))
            write_table(Path(folder), "gains", gains_rows(outcome, names))
            write_table(Path(folder), "segments", slice_rows({name: outcome}))
            write_pictures(Path(folder), candidate_album(name, folds, floor, names))
            self.tracking.log_files(run_id, Path(folder))

    def _log_fold(self, candidate_id: str, name: str, fold: _Fold) -> None:
        dates = {"origin": fold.origin, "end": fold.end}
        tags = {**self.tags, LEVEL: FOLD_LEVEL, "candidate": name, "fold": fold.role, **dates}
        with self.tracking.run(f"{name} {fold.role} fold {fold.number}", tags, candidate_id) as run_id:
            self.tracking.log(run_id, dates, fold.metrics)

    def _outer_folds(self, name: str) -> list[_Fold]:
        tested = [fold for fold in self.contest.split if isinstance(fold, dict) and fold["n_tested_customers"]]
        warm, cold = (self.contest.outcomes[protocol][name] for protocol in PROTOCOLS)
        return [
            _Fold("outer", place + 1, str(fold["origin"]), str(fold["end"]), _metrics(warm[place], cold[place]))
            for place, fold in enumerate(tested[: len(warm)])
        ]

    def _inner_folds(self, name: str) -> list[_Fold]:
        """What the candidate was chosen by; these folds have judged nobody."""
        return [
            _Fold(
                "inner",
                place + 1,
                data.fold.origin.isoformat(),
                data.fold.end.isoformat(),
                {HEADLINE_METRIC: self._inner_ndcg[name][place], "n_tested": len(data.rows)},
            )
            for place, data in enumerate(self.inner.folds)
            if name in self._inner_ndcg
        ]

    @cached_property
    def _inner_ndcg(self) -> Mapping[str, Sequence[float]]:
        return self.inner.ndcg_by_fold()


@dataclass(frozen=True)
class _Fold:
    """One fold as its run tells it."""

    role: str
    number: int
    origin: str
    end: str
    metrics: Mapping[str, float] = field(default_factory=dict)


def params_of(recipe: Recipe) -> dict[str, JSON]:
    """The recipe as parameters of a run; of popularity also what it counts."""
    definition: dict[str, JSON] = {"definition": POPULARITY_DEFINITION} if recipe.kind == "popularity" else {}
    return {**recipe_words(recipe.to_json()), **definition}


def _problem(row: CandidateRow, is_unfitted: bool) -> dict[str, str]:
    if row.is_measured:
        return {"state": "measured"}
    return {"state": "not fitted" if is_unfitted else "not measured", "reason": row.problem}


def _metrics(warm: FoldOutcome, cold: FoldOutcome) -> dict[str, float]:
    return {
        **warm.metrics,
        **{f"{COLD}{name}": value for name, value in cold.metrics.items()},
        "fit_seconds": warm.fit_seconds,
        "score_seconds": warm.score_seconds,
        "n_tested": warm.n_tested,
    }
