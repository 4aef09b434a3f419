"""What the gate needs of a training, as files of its MLflow run: written by training, read by promotion."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.evaluation.choice import Choice
from recsys.evaluation.gate import Rankings
from recsys.evaluation.guardrails import Conduct
from recsys.evaluation.outcome import FoldOutcome, pooled, pooled_ndcg
from recsys.evaluation.slices import SMALLEST_SLICE, Slicing
from recsys.io.tracking import Tracking
from recsys.io.training_runs import RANKINGS_FILE
from recsys.models.candidates import candidate_of, recipe_of
from recsys.models.recipe import Recipe
from recsys.steps.training.contest import Contest

FACTS_FILE = "gate.json"
_CUSTOMERS, _SLICE, _COLD = "customers", "slice/", "cold/"


@dataclass(frozen=True)
class GateFacts:
    """One training, as the gate sees it.

    `recipes` of all contestants, those that were tuned too. `conduct` of those that were fitted. `leaks` are sentences.
    `slices`: bool (n_tested,) by `slicing=label`, in the order of `rankings.customers`, and so is `cold_ndcg`.
    """

    recipes: Mapping[str, Recipe]
    choice: Choice
    rankings: Rankings
    conduct: Mapping[str, Conduct]
    leaks: tuple[str, ...] = ()
    slices: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    cold_ndcg: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @property
    def cold(self) -> Rankings:
        """The same customers and targets under the protocol `cold`, which decides nothing."""
        return replace(self.rankings, ndcg=self.cold_ndcg)

    def contestant_with(self, recipe: Recipe) -> str | None:
        """The contestant of this recipe: of a version's, the row of the training that its figures stand in."""
        return next((name for name, one in self.recipes.items() if one == recipe), None)


def facts_of_training(tracking: Tracking, run_id: str) -> GateFacts:
    """The facts of a training, from its run in MLflow. Raises as `read_gate_facts` and `Tracking.read_file`."""
    with tempfile.TemporaryDirectory() as folder:
        return read_gate_facts(
            tracking.read_file(run_id, FACTS_FILE, Path(folder)),
            tracking.read_file(run_id, RANKINGS_FILE, Path(folder)),
        )


def gate_facts(contest: Contest, recipes: Mapping[str, Recipe], choice: Choice, seed: int) -> GateFacts:
    """The facts of a contest that was held."""
    leaks = tuple(dict.fromkeys(leak.sentence() for leak in contest.leaks))
    ndcg = {name: pooled_ndcg(outcomes) for name, outcomes in contest.warm.items() if outcomes}
    rankings = Rankings(ndcg, contest.customer_numbers(), seed, _barred(recipes, leaks))
    conduct = {name: _conduct(contest, name, outcomes) for name, outcomes in contest.warm.items() if outcomes}
    cold = {name: pooled_ndcg(outcomes) for name, outcomes in contest.outcomes["cold"].items() if outcomes}
    return GateFacts(recipes, choice, rankings, conduct, leaks, _slices(contest), cold)


def write_gate_facts(facts: GateFacts, folder: Path) -> None:
    """Two files in `folder`."""
    arrays: dict[str, Any] = {
        **facts.rankings.ndcg,
        **{f"{_SLICE}{name}": mask for name, mask in facts.slices.items()},
        **{f"{_COLD}{name}": ndcg for name, ndcg in facts.cold_ndcg.items()},
    }
    np.savez_compressed(folder / RANKINGS_FILE, allow_pickle=False, **{_CUSTOMERS: facts.rankings.customers, **arrays})
    stored = {
        "recipes": {name: recipe.to_json() for name, recipe in facts.recipes.items()},
        "choice": asdict(facts.choice),
        "seed": facts.rankings.seed,
        "conduct": {name: asdict(conduct) for name, conduct in facts.conduct.items()},
        "leaks": list(facts.leaks),
    }
    (folder / FACTS_FILE).write_text(json.dumps(stored, indent=1))


def read_gate_facts(facts_file: Path, rankings_file: Path) -> GateFacts:
    """The facts that `write_gate_facts` wrote. Raises `ModelError` where another version wrote their recipes."""
    stored = json.loads(facts_file.read_text())
    recipes = {name: recipe_of(values) for name, values in stored["recipes"].items()}
    with np.load(rankings_file, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    customers = arrays.pop(_CUSTOMERS)
    slices = {name.removeprefix(_SLICE): arrays.pop(name) for name in sorted(arrays) if name.startswith(_SLICE)}
    cold = {name.removeprefix(_COLD): arrays.pop(name) for name in sorted(arrays) if name.startswith(_COLD)}
    leaks = tuple(stored["leaks"])
    return GateFacts(
        recipes,
        Choice(**stored["choice"]),
        Rankings(arrays, customers, stored["seed"], _barred(recipes, leaks)),
        {name: Conduct(**conduct) for name, conduct in stored["conduct"].items()},
        leaks,
        slices,
        cold,
    )


def _barred(recipes: Mapping[str, Recipe], leaks: tuple[str, ...]) -> dict[str, str]:
    """Contestants that may not serve, and why."""
    barred = {}
    for name, recipe in recipes.items():
        candidate = candidate_of(recipe)
        if candidate.keeps_vectors:
            barred[name] = "it keeps a vector per customer"
        elif leaks and candidate.reads_features:
            barred[name] = f"it reads a feature that knows the answer ({leaks[0]})"
    return barred


def _conduct(contest: Contest, name: str, outcomes: list[FoldOutcome]) -> Conduct:
    metrics = pooled(outcomes).metrics
    parity = contest.parity.get(name, {})
    return Conduct(
        metrics["coverage_at_5"],
        metrics.get("calibration_error_of_first", float("nan")),
        metrics.get("calibration_error_of_first_by_chance", float("nan")),
        {attribute: of_groups.exposure for attribute, of_groups in parity.items()},
        {attribute: of_groups.precision for attribute, of_groups in parity.items()},
    )


def _slices(contest: Contest) -> dict[str, NDArray[np.bool_]]:
    """Every group that is large enough, over all folds."""
    by_name: dict[str, list[Slicing]] = {}
    for of_fold in contest.slicings:
        for slicing in of_fold:
            by_name.setdefault(slicing.name, []).append(slicing)
    masks = {
        f"{name}={label}": np.concatenate([_is_in(slicing, label) for slicing in slicings])
        for name, slicings in by_name.items()
        for label in sorted({label for slicing in slicings for label in slicing.labels})
    }
    return {name: mask for name, mask in masks.items() if mask.sum() >= SMALLEST_SLICE}


def _is_in(slicing: Slicing, label: str) -> NDArray[np.bool_]:
    if label not in slicing.labels:
        return np.zeros(len(slicing.codes), np.bool_)
    return np.asarray(slicing.codes == slicing.labels.index(label))
