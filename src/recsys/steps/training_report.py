"""Writing a training into MLflow: one run per contestant under a parent that compares them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recsys.evaluation.figures import comparison_figure, learning_curve_figure, products_figure
from recsys.evaluation.gate import FLOOR, Rankings
from recsys.evaluation.outcome import FoldOutcome, pooled_metrics, pooled_tally
from recsys.io.tracking import Tracking
from recsys.models.popularity import POPULARITY_DEFINITION
from recsys.models.recipe import Recipe
from recsys.steps.contest import Contest
from recsys.steps.gate_facts import GateFacts, write_gate_facts
from recsys.types import JSON

_SPLIT_RULES = {
    "known": "openings up to and including the origin, and features of that date only",
    "test": "products opened after the origin, up to and including the end",
    "candidates": "products on sale at the origin that the customer does not hold then",
    "customers": "those with at least one test product; in a snapshot one holding of each person is the test",
}


def log_training(
    tracking: Tracking, contest: Contest, facts: GateFacts, tags: Mapping[str, str]
) -> tuple[str, dict[str, JSON]]:
    """Log everything; returns the parent's id and the figures of each contestant."""
    rankings = facts.rankings
    figures: dict[str, JSON] = {}
    with tracking.run(f"training {tags['as_of']}", tags) as parent_id, tempfile.TemporaryDirectory() as folder:
        for name, recipe in facts.recipes.items():
            figures[name] = _log_contestant(tracking, parent_id, name, recipe, contest, rankings, tags)
        _write_parent_files(Path(folder), contest, facts)
        tracking.log_files(parent_id, Path(folder))
        tracking.log(parent_id, {"folds": _fold_dates(contest)}, {"n_tested": len(rankings.customers)})
    return parent_id, figures


def params_of(recipe: Recipe) -> dict[str, JSON]:
    """The recipe as parameters of a run; of popularity also what it counts."""
    definition: dict[str, JSON] = {"definition": POPULARITY_DEFINITION} if recipe.kind == "popularity" else {}
    return {**recipe.to_json(), **definition}


def _log_contestant(
    tracking: Tracking,
    parent_id: str,
    name: str,
    recipe: Recipe,
    contest: Contest,
    rankings: Rankings,
    tags: Mapping[str, str],
) -> JSON:
    outcomes = contest.warm[name]
    metrics = pooled_metrics(outcomes) if outcomes else {}
    if outcomes and name != FLOOR:
        gain = rankings.difference(name, FLOOR)
        metrics |= {"ndcg_gain": gain.mean, "ndcg_gain_lower": gain.lower, "ndcg_gain_upper": gain.upper}
    params = {
        **params_of(recipe),
        **_calibration(contest, name),
        "folds": _fold_dates(contest),
        "data_fingerprint": tags["data_fingerprint"],
    }
    with tracking.run(name, tags, parent_id) as run_id, tempfile.TemporaryDirectory() as folder:
        tracking.log(run_id, params, metrics)
        if outcomes:
            _log_outcomes(tracking, run_id, name, outcomes, contest, Path(folder))
    kept = (
        "ndcg_at_5",
        "map_at_5",
        "auc",
        "coverage_at_5",
        "ndcg_gain",
        "ndcg_gain_lower",
        "ndcg_gain_upper",
        "fit_seconds",
    )
    return {"run_id": run_id, **{key: round(metrics[key], 5) for key in kept if key in metrics}}


def _calibration(contest: Contest, name: str) -> dict[str, JSON]:
    found = contest.calibrations.get(name)
    return {"temperature": found.temperature, "popularity_weight": found.prior_weight} if found else {}


def _log_outcomes(
    tracking: Tracking, run_id: str, name: str, outcomes: list[FoldOutcome], contest: Contest, folder: Path
) -> None:
    tally = pooled_tally(outcomes)
    products_figure(name, tally, contest.product_names).savefig(folder / "products.png")
    _write_json(folder / "products.json", _tally_rows(tally, contest.product_names))
    _write_json(folder / "folds.json", [dict(outcome.metrics) for outcome in outcomes])
    if curve := outcomes[-1].curve:
        tracking.log_curve(run_id, "ndcg_at_5_by_epoch", curve)
        floor = contest.warm[FLOOR][-1].metrics["ndcg_at_5"]
        learning_curve_figure(name, curve, floor).savefig(folder / "learning_curve.png")
    tracking.log_files(run_id, folder)


def _write_parent_files(folder: Path, contest: Contest, facts: GateFacts) -> None:
    write_gate_facts(facts, folder)
    rankings = facts.rankings
    _write_json(folder / "split.json", {"rules": dict(_SPLIT_RULES), "folds": contest.split})
    if rankings.ndcg:
        means = {name: rankings.mean(name) for name in rankings.ndcg}
        gains = {name: rankings.difference(name, FLOOR) for name in means if name != FLOOR}
        comparison_figure(means, gains).savefig(folder / "comparison.png")


def _tally_rows(tally: Any, names: tuple[str, ...]) -> list[JSON]:
    counts = zip(names, tally.opened, tally.offered, tally.found, strict=True)
    return [{"product": name, "opened": int(o), "offered": int(f), "found": int(h)} for name, o, f, h in counts]


def _fold_dates(contest: Contest) -> str:
    return ", ".join(f"({one['origin']}, {one['end']}]" for one in contest.split if isinstance(one, dict))


def _write_json(path: Path, value: JSON) -> None:
    path.write_text(json.dumps(value, indent=1))
