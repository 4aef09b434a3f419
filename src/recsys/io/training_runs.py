"""Trainings as MLflow keeps them: a run for each; below it tuning with its trials, and candidates with their folds."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError, NotFoundError
from recsys.evaluation.candidate_table import CandidateRow, row_of
from recsys.io.tracking import Tracking

# The tag that says which of these a run is.
LEVEL = "level"
TUNING_LEVEL, TRIAL_LEVEL = "tuning", "trial"
TRAINING_LEVEL, CANDIDATE_LEVEL, FOLD_LEVEL = "training", "candidate", "fold"
CANDIDATES_FILE, RANKINGS_FILE = "candidates.json", "ndcg_per_customer.npz"
# Folders of a run's artifacts.
PICTURES, TABLES = "pictures", "tables"
TRAIN_AGAIN = "Train with `recsys run --train always`, and with `--feed DIR` where RECSYS_FEED is not set."
_PARENT = "mlflow.parentRunId"
_IDS = re.compile("[0-9a-f]{1,32}")


@dataclass(frozen=True)
class LoggedRun:
    """A training or one of its candidates, with what was logged; `parent_id` is the training of a candidate."""

    run_id: str
    name: str
    level: str
    parent_id: str | None
    status: str
    started_at: datetime
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]

    @property
    def training_id(self) -> str:
        """The training that it is or belongs to."""
        return self.parent_id or self.run_id


def read_trainings(tracking: Tracking, most: int) -> list[LoggedRun]:
    """The newest trainings that came to their end, newest first."""
    finished = f"tags.{LEVEL} = '{TRAINING_LEVEL}' and attributes.status = 'FINISHED'"
    return [_logged(run) for run in tracking.search(finished, most)]


def find_run(tracking: Tracking, run_id: str) -> LoggedRun:
    """The training or candidate whose id begins with `run_id`.

    Raises `NotFoundError` where there is none, or more than one.
    """
    # What goes into MLflow's search is made of the digits of an id alone.
    begins = f"attributes.run_id like '{run_id}%'" if _IDS.fullmatch(run_id) else None
    levels = (TRAINING_LEVEL, CANDIDATE_LEVEL)
    found = [one for one in map(_logged, tracking.search(begins)) if one.level in levels] if begins else []
    if not found:
        raise NotFoundError(
            f"No training and no candidate has an MLflow run that begins with {run_id!r}.",
            remedy="`recsys models show` names the runs of the last training, MLflow's page those of all.",
        )
    if len(found) > 1:
        raise NotFoundError(
            f"{len(found)} runs begin with {run_id!r}: {', '.join(one.run_id for one in found[:5])}.",
            remedy="Give more digits of the id.",
        )
    return found[0]


def read_candidates(tracking: Tracking, training: LoggedRun) -> dict[str, LoggedRun]:
    """The runs of a training's candidates, by the candidate's name."""
    children = tracking.search(f"tags.`{_PARENT}` = '{training.run_id}' and tags.{LEVEL} = '{CANDIDATE_LEVEL}'")
    return {run.name: run for run in map(_logged, children)}


def read_candidate_rows(tracking: Tracking, training_id: str) -> list[CandidateRow]:
    """The candidates of a training with their intervals. Raises `ModelError` where they are gone."""
    with tempfile.TemporaryDirectory() as folder:
        file = tracking.read_file(training_id, CANDIDATES_FILE, Path(folder))
        return [row_of(row) for row in json.loads(file.read_text())]


def read_rankings(tracking: Tracking, training_id: str) -> dict[str, NDArray[np.generic]] | None:
    """NDCG@5 (n,) of every tested customer by candidate, and `customers`, their numbers; None where they are gone."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            file = tracking.read_file(training_id, RANKINGS_FILE, Path(folder))
        except ModelError:
            return None
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}


def _logged(run: Any) -> LoggedRun:
    """Of MLflow's own `Run`, which has its home in `tracking`."""
    tags = dict(run.data.tags)
    return LoggedRun(
        run.info.run_id,
        run.info.run_name,
        tags.get(LEVEL, ""),
        tags.get(_PARENT),
        run.info.status,
        datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        tags,
        dict(run.data.params),
        dict(run.data.metrics),
    )
