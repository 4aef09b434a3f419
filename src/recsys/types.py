"""Small values that every layer shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, TypeAlias

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"
TrainPolicy: TypeAlias = Literal["auto", "always", "never"]


class Progress(Protocol):
    """Called by anything that takes more than two seconds, as often as it likes."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """`done` of `total` (None: unknown) of the things named by `what`, such as "transactions"."""


def no_progress(done: int, total: int | None, what: str) -> None:
    """The progress of callers who do not look."""


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `ops.runs`: what a run was asked for.

    With `require_approval` a challenger that passes the gate waits for somebody's approval.
    """

    run_id: str
    feed: str
    as_of: date | None
    top_n: int
    train: TrainPolicy
    require_approval: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did: the rows it wrote, and facts for people and for later steps. Never a personal value."""

    rows: int
    details: Mapping[str, JSON] = field(default_factory=dict)
