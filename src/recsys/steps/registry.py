"""The steps, in order: one name each, the role they log in as, and where their function is.

The function of step `x` is `recsys.steps.x.x(context) -> StepResult`. Modules are imported when a step runs, because
each needs a heavy library of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from recsys.errors import RunError
from recsys.types import StepResult

if TYPE_CHECKING:
    # The names of the steps are all that a command line needs to start; the context brings the database driver.
    from recsys.steps.context import StepContext


@dataclass(frozen=True, slots=True)
class Step:
    """A step's one name, the database role it works as, and what it does in a sentence.

    `is_bound`: it belongs to the run whose data stands in the database. Training is not: it reads the marts that were
    checked last and writes to MLflow, so a run that only trains takes nothing over. In a run with a feed of its own
    training is bound like every other step.
    """

    name: str
    role: str
    summary: str
    is_bound: bool = True

    def load(self) -> Callable[[StepContext], StepResult]:
        """The function that does it."""
        function: Callable[[StepContext], StepResult] = getattr(import_module(f"recsys.steps.{self.name}"), self.name)
        return function


STEPS: tuple[Step, ...] = (
    Step("ingest_feed", "ingest", "Check the feed against the contract; bad rows go to quarantine, good ones land."),
    Step("resolve_customers", "ingest", "Give every customer a key and find customers that are one person."),
    Step("anonymise_feed", "ingest", "Pseudonymise, generalise and redact into raw, then delete the landing files."),
    Step("check_raw", "transform", "Great Expectations on raw."),
    Step("cluster_values", "transform", "Find spellings of one value; the certain ones are accepted by rule."),
    Step("build_marts", "transform", "dbt: staging, intermediate, marts, with their tests."),
    Step("check_marts", "transform", "Great Expectations on marts."),
    Step(
        "train_models",
        "training",
        "Train and evaluate the candidates, one MLflow run each, when training is due.",
        is_bound=False,
    ),
    Step(
        "promote_model",
        "training",
        "Register the best candidate and make it champion if it passes the gate.",
        is_bound=False,
    ),
    Step("score_customers", "publisher", "Rank every customer's permitted products into a partition aside."),
    Step("check_recommendations", "publisher", "The last gate, also against the last publication."),
    Step("scan_privacy", "officer", "Look for personal data outside the boundary, in a sample of everything."),
    Step("publish_recommendations", "publisher", "Move the pointer that readers follow, in one transaction."),
)
# Steps of the DAGs beside the pipeline.
STANDING_STEPS: tuple[Step, ...] = (
    Step(
        "privacy_requests", "officer", "Carry out what customers asked for, and warn of what is late.", is_bound=False
    ),
)
STEP_BY_NAME = {step.name: step for step in (*STEPS, *STANDING_STEPS)}


def find_step(name: str) -> Step:
    """The step called `name`. Raises `RunError` where there is none."""
    if name not in STEP_BY_NAME:
        raise RunError(f"There is no step {name}.", remedy=f"The steps are {', '.join(STEP_BY_NAME)}.")
    return STEP_BY_NAME[name]
