"""Reading two trainings, or two candidates, out of MLflow and setting them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError, NotFoundError
from recsys.evaluation.candidate_table import HEADLINE_METRIC, CandidateRow
from recsys.evaluation.comparison import Compared, Comparison, compare
from recsys.io.tracking import Tracking
from recsys.io.training_runs import (
    TRAIN_AGAIN,
    TRAINING_LEVEL,
    LoggedRun,
    find_run,
    read_candidate_rows,
    read_candidates,
    read_rankings,
    read_trainings,
)

_CUSTOMERS = "customers"


@dataclass(frozen=True)
class RunsCompared:
    """Two runs that were found, compared as a whole, and candidate by candidate where they are trainings."""

    left: LoggedRun
    right: LoggedRun
    whole: Comparison
    candidates: Sequence[Comparison]
    only_left: Sequence[str]
    only_right: Sequence[str]


def compare_runs(tracking: Tracking, run_ids: Sequence[str], seed: int) -> RunsCompared:
    """The runs of these two ids, or the last two trainings where none is given; the older one is on the left.

    Raises `NotFoundError` where there are no such runs, `ModelError` where one is a training and one a candidate.
    """
    left, right = _two_runs(tracking, run_ids)
    if left.level != right.level:
        raise ModelError(
            f"Run {left.run_id} is a {left.level} and run {right.run_id} a {right.level}.",
            remedy="Compare two trainings, or two candidates: `recsys models show RUN` names a training's candidates.",
        )
    rankings = [read_rankings(tracking, run.training_id) for run in (left, right)]
    whole = compare(_side(left, rankings[0]), _side(right, rankings[1]), seed)
    if left.level != TRAINING_LEVEL:
        return RunsCompared(left, right, whole, (), (), ())
    ours, theirs = read_candidates(tracking, left), read_candidates(tracking, right)
    both = sorted(
        ours.keys() & theirs.keys(), key=lambda name: (-theirs[name].metrics.get(HEADLINE_METRIC, -1.0), name)
    )
    return RunsCompared(
        left,
        right,
        whole,
        [compare(_side(ours[name], rankings[0]), _side(theirs[name], rankings[1]), seed) for name in both],
        sorted(ours.keys() - theirs.keys()),
        sorted(theirs.keys() - ours.keys()),
    )


def show_training(tracking: Tracking, run_id: str | None) -> tuple[LoggedRun, dict[str, LoggedRun], list[CandidateRow]]:
    """A training (by default the last), the runs of its candidates and their rows, best first.

    Raises `NotFoundError` where there is none; of a candidate the training that it belongs to is shown.
    """
    found = _last_trainings(tracking, 1)[0] if run_id is None else find_run(tracking, run_id)
    training = found if found.level == TRAINING_LEVEL else find_run(tracking, found.training_id)
    return training, read_candidates(tracking, training), read_candidate_rows(tracking, training.run_id)


def _two_runs(tracking: Tracking, run_ids: Sequence[str]) -> tuple[LoggedRun, LoggedRun]:
    if run_ids:
        left, right = (find_run(tracking, run_id) for run_id in run_ids)
        return left, right
    newest, before = _last_trainings(tracking, 2)
    return before, newest


def _last_trainings(tracking: Tracking, n_wanted: int) -> list[LoggedRun]:
    found = read_trainings(tracking, n_wanted)
    if len(found) < n_wanted:
        raise NotFoundError(
            f"MLflow has {len(found)} finished trainings; this needs {n_wanted}.",
            remedy=TRAIN_AGAIN,
        )
    return found


def _side(run: LoggedRun, rankings: dict[str, NDArray[np.generic]] | None) -> Compared:
    # A training is judged by its challenger.
    of = run.tags.get("challenger", "") if run.level == TRAINING_LEVEL else run.name
    ndcg = (rankings or {}).get(of)
    customers = (rankings or {}).get(_CUSTOMERS)
    return Compared(run.run_id, run.name, run.tags, run.params, run.metrics, ndcg, customers)  # type: ignore[arg-type]
