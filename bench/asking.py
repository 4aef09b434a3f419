"""What callers of the API are to do, and what they were answered: handed over between processes as files."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

# What the callers say when they begin.
ASKING = "asking"
PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Plan:
    """How many callers ask for how long; `rate` in requests/s, 0: each as soon as it has its answer.

    A share of them are customers with tokens of their own, who ask about themselves; the others are one system.
    """

    url: str
    path: str
    customers: int
    system_token: str = field(repr=False)
    customer_tokens: list[str] = field(repr=False)
    seconds: float
    callers: int
    rate: float = 0
    share_of_customers: float = 0.2
    seed: int = 7
    keeps_answers: bool = False
    answers: str = ""

    @classmethod
    def read(cls, path: Path) -> Plan:
        """As it was handed over."""
        return cls(**json.loads(path.read_text()))


def customer_id(number: int) -> str:
    """The bank's own id of a customer of the made-up bank."""
    return f"C{number:08d}"


@dataclass(frozen=True)
class Answer:
    """One answer: its moment by the monotonic clock, how long it took, and what was said about whom."""

    at: float
    seconds: float
    status: int
    customer: int
    told: list[Any] | None


@contextmanager
def asked(plan: Plan, meanwhile: Callable[[], None] | None = None) -> Iterator[Iterator[Answer]]:
    """All answers, in no order, once the callers have ended. They are read from a file as they are wanted.

    `meanwhile` is called as soon as they ask, and ends before they do.
    """
    with tempfile.TemporaryDirectory() as folder:
        answers, written = Path(folder) / "answers", Path(folder) / "plan.json"
        written.write_text(json.dumps(asdict(replace(plan, answers=str(answers)))))
        command = [sys.executable, "-m", "bench.callers", str(written)]
        with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as callers:
            assert callers.stdout is not None
            is_asking = callers.stdout.readline().strip() == ASKING
            if is_asking and meanwhile is not None:
                meanwhile()
        if callers.returncode or not is_asking:
            raise SystemExit(f"The callers ended with {callers.returncode}.")
        with answers.open() as lines:
            yield (Answer(*json.loads(line)) for line in lines)
