"""dbt, run in this process: the only home of dbt."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from recsys.errors import CheckError
from recsys.io.postgres import Database
from recsys.io.silence import stay_silent
from recsys.settings import PROJECT, Settings
from recsys.types import JSON, Progress, no_progress

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

DBT_PROJECT = PROJECT / "dbt_project"
_THREADS = 2
_BAD = ("error", "fail", "runtime error", "partial success")
_SHOWN_FAILURES = 3


@dataclass(frozen=True, slots=True)
class DbtResult:
    """What one dbt command did: how many nodes ended in which state, and how long it took."""

    n_by_status: Mapping[str, int]
    seconds: float
    log: Path


def run_dbt(
    settings: Settings,
    database: Database,
    role: str,
    command: Sequence[str],
    variables: Mapping[str, JSON],
    *,
    log: Path | None = None,
    progress: Progress = no_progress,
) -> DbtResult:
    """Run a dbt command such as `["build"]` as `role`, with everything it writes under `<home>/dbt/`.

    Raises `CheckError` that names the models and tests that failed, and the log. No value of a row is in either.
    """
    stay_silent()
    from dbt.cli.main import dbtRunner

    folder = settings.home / "dbt"
    log = log or folder / "logs" / "dbt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    began = perf_counter()
    with log.open("a") as lines, _environment(database, role):
        watch = _Watch(lines.write, progress)
        result = dbtRunner(callbacks=[watch]).invoke([*command, *_arguments(folder, variables)])
    _raise_failures(result, command, log)
    statuses = Counter(str(node.status) for node in getattr(result.result, "results", ()))
    return DbtResult(dict(statuses), perf_counter() - began, log)


def _arguments(folder: Path, variables: Mapping[str, JSON]) -> list[str]:
    # dbt's own log file would hold the failing row of a broken constraint, so it stays empty and `_Watch` writes one.
    return [
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
        *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
        *("--vars", json.dumps(dict(variables)), "--threads", str(_THREADS)),
        *("--log-level", "none", "--log-level-file", "none", "--quiet", "--no-write-json"),
        *("--no-send-anonymous-usage-stats", "--no-use-colors", "--no-version-check"),
    ]


@contextmanager
def _environment(database: Database, role: str) -> Iterator[None]:
    """The variables that `profiles.yml` reads, for as long as dbt runs."""
    values = {
        "RECSYS_DBT_HOST": database.host,
        "RECSYS_DBT_PORT": str(database.port),
        "RECSYS_DBT_DATABASE": database.name,
        "RECSYS_DBT_USER": role,
        "DBT_ENV_SECRET_PASSWORD": database.secrets.password(role),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Watch:
    """Follows dbt's events: messages to the log, finished nodes to whoever watches the step."""

    def __init__(self, write: Callable[[str], object], progress: Progress) -> None:
        self._write = write
        self._progress = progress
        self._done = 0
        self._total: int | None = None

    def __call__(self, event: Any) -> None:
        if event.info.name == "ConcurrencyLine":
            self._total = event.data.node_count
        elif event.info.name == "NodeFinished":
            self._done += 1
            self._progress(self._done, self._total, "dbt nodes")
        if event.info.level != "debug":
            self._write(f"{event.info.level:5} {without_values(event.info.msg)}\n")


def _raise_failures(result: dbtRunnerResult, command: Sequence[str], log: Path) -> None:
    if result.success:
        return
    nodes = [node for node in getattr(result.result, "results", ()) if str(node.status) in _BAD]
    failures = [f"{node.node.resource_type} {node.node.name}: {without_values(node.message)}" for node in nodes]
    if result.exception is not None:
        failures.append(without_values(str(result.exception)))
    more = f"; and {len(failures) - _SHOWN_FAILURES} more" if len(failures) > _SHOWN_FAILURES else ""
    raise CheckError(
        f"dbt {command[0]} failed: {'; '.join(failures[:_SHOWN_FAILURES])}{more}",
        remedy=f"The log is {log}; a failed test names what the data broke.",
    )


def without_values(message: str | None) -> str:
    """A database's message up to its DETAIL, which quotes the row, on one line."""
    return " ".join((message or "").split("DETAIL:")[0].split())
