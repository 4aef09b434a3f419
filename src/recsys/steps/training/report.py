"""Writing what came out of a training into its MLflow run, and a run for each candidate below it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from recsys.evaluation.candidate_table import CandidateRow, candidate_rows
from recsys.evaluation.figures.albums import training_album
from recsys.evaluation.outcome import FoldOutcome, pooled
from recsys.evaluation.report_tables import slice_rows
from recsys.io.tracking import Tracking
from recsys.io.training_runs import CANDIDATES_FILE
from recsys.steps.training.candidate_report import CandidateReports
from recsys.steps.training.contest import Contest
from recsys.steps.training.fitting import PROTOCOLS
from recsys.steps.training.gate_facts import GateFacts, write_gate_facts
from recsys.steps.training.report_files import write_json, write_pictures, write_table
from recsys.steps.training.selection import InnerTrials
from recsys.types import JSON

_SPLIT_RULES = {
    "known": "openings up to and including the origin, and features of that date only",
    "test": "products opened after the origin, up to and including the end",
    "candidates": "products on sale at the origin that the customer neither holds then nor holds without a date",
    "customers": "those with at least one test product; in a snapshot one holding of each person is the test",
}
# What the details of the step say of each candidate; MLflow has the rest.
_IN_DETAILS = (
    "ndcg_at_5",
    "cold_ndcg_at_5",
    "mrr",
    "map_at_5",
    "map_at_7",
    "auc",
    "log_loss",
    "coverage_at_5",
    "ndcg_gain",
    "ndcg_gain_lower",
    "ndcg_gain_upper",
    "fit_seconds",
)


def log_training(
    tracking: Tracking,
    parent_id: str,
    contest: Contest,
    inner: InnerTrials,
    facts: GateFacts,
    tags: Mapping[str, str],
) -> dict[str, JSON]:
    """Log everything below and into the training's run, `parent_id`; returns the figures of each contestant."""
    warm, cold = (
        {name: pooled(outcomes) for name, outcomes in contest.outcomes[protocol].items() if outcomes}
        for protocol in PROTOCOLS
    )
    resampling = facts.rankings.resampling
    rows = candidate_rows(warm, cold, resampling, _problems(contest, facts))
    reports = CandidateReports(tracking, parent_id, contest, inner, tags)
    run_ids = {row.name: reports.log(row, facts.recipes[row.name]) for row in rows}
    _log_files(tracking, parent_id, contest, facts, rows, warm)
    choice = {"challenger": facts.choice.challenger, "chosen_because": facts.choice.reason}
    tracking.set_tags(parent_id, {**choice, "tested": tags["tested"]})
    # The parent's own figures are the challenger's: a list of trainings then shows how they went.
    figures = next((row.flat() for row in rows if row.name == facts.choice.challenger), {})
    tracking.log(parent_id, {"folds": contest.fold_dates()}, {**figures, "n_tested": len(facts.rankings.customers)})
    return {row.name: _in_details(row, run_ids[row.name]) for row in rows}


def _log_files(
    tracking: Tracking,
    parent_id: str,
    contest: Contest,
    facts: GateFacts,
    rows: list[CandidateRow],
    warm: Mapping[str, FoldOutcome],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_gate_facts(facts, folder)
        write_json(folder / "split.json", {"rules": dict(_SPLIT_RULES), "folds": contest.split})
        write_json(folder / CANDIDATES_FILE, [row.to_json() for row in rows])
        write_table(folder, "segments", slice_rows(warm))
        write_pictures(folder, training_album(rows, warm, facts.choice.challenger))
        tracking.log_files(parent_id, folder)


def _problems(contest: Contest, facts: GateFacts) -> dict[str, str]:
    """Contestants without figures, and why."""
    measured = {name for name, outcomes in contest.warm.items() if outcomes}
    nobody = "Nobody could be tested in the folds."
    return {name: contest.unfitted.get(name, nobody) for name in facts.recipes if name not in measured}


def _in_details(row: CandidateRow, run_id: str) -> JSON:
    figures = row.flat()
    return {"run_id": run_id, **{name: round(figures[name], 5) for name in _IN_DETAILS if name in figures}}
