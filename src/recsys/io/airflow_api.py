"""Airflow's REST API: triggering a DAG run and watching its tasks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recsys.errors import StackError
from recsys.types import JSON

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 30
_PARSE_SECONDS = 120
HEALTH_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@dataclass(frozen=True)
class TaskState:
    """What Airflow knows about one task of a DAG run."""

    task_id: str
    state: str
    seconds: float | None
    attempt: int


def is_answering(url: str) -> bool:
    """Whether a GET of `url` succeeds."""
    return _get(url) is not None


def is_airflow_healthy(url: str, parts: Sequence[str] = HEALTH_PARTS) -> bool:
    """Whether the API server answers and has heard from these parts of Airflow lately."""
    answer = _get(f"{url}/api/v2/monitor/health")
    return answer is not None and all((answer.get(part) or {}).get("status") == "healthy" for part in parts)


class AirflowApi:
    """A signed-in session. Raises `StackError` where Airflow refuses or cannot be reached."""

    def __init__(self, url: str, user: str, password: str) -> None:
        import httpx

        # A proxy of the environment must never see the loopback.
        self._client = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        token = self._call("POST", "/auth/token", {"username": user, "password": password})["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def wait_for_dag(self, dag_id: str) -> None:
        """Return once the dag-processor has parsed `dag_id`. Raises `StackError` with its import errors otherwise."""
        deadline = time.monotonic() + _PARSE_SECONDS
        while self._send("GET", f"/api/v2/dags/{dag_id}", None).status_code != 200:
            if errors := self._call("GET", "/api/v2/importErrors")["import_errors"]:
                trace = str(errors[0]["stack_trace"]).strip().splitlines()
                raise StackError(
                    f"Airflow cannot import {errors[0]['filename']}: {trace[-1] if trace else 'no trace'}",
                    remedy="`airflow dags list-import-errors`, or the red banner of the Airflow UI, shows all of it.",
                )
            if time.monotonic() > deadline:
                raise StackError(
                    f"Airflow does not know the DAG {dag_id}.", remedy="See the log of airflow-dag-processor."
                )
            time.sleep(1)

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, JSON]) -> None:
        """Start a DAG run. A run by hand has no logical date, which the body has to say."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)

    def run_state(self, dag_id: str, run_id: str) -> str:
        """queued, running, success or failed."""
        return str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_states(self, dag_id: str, run_id: str) -> dict[str, TaskState]:
        """The state of every task of a run, by task id."""
        answer = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return {row["task_id"]: _task_state(row) for row in answer["task_instances"]}

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        response = self._send(method, path, body)
        if response.is_error:
            raise StackError(
                f"Airflow refused {method} {path} with {response.status_code}: {_reason(response)}",
                remedy="`recsys status` shows what runs and where its log is.",
            )
        answer: dict[str, Any] = response.json()
        return answer

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        import httpx

        try:
            return self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise StackError(
                f"Airflow at {self._client.base_url} does not answer: {type(error).__name__}.",
                remedy="`recsys status` shows whether it runs; `recsys up` starts it.",
            ) from error


def _task_state(row: dict[str, Any]) -> TaskState:
    return TaskState(row["task_id"], row["state"] or "waiting", row["duration"], row["try_number"])


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json().get("detail", ""))
    except ValueError:
        return response.text[:200]


def _get(url: str) -> dict[str, Any] | None:
    import httpx

    try:
        response = httpx.get(url, timeout=5, trust_env=False)
    except httpx.HTTPError:
        return None
    if response.is_error:
        return None
    is_json = "json" in response.headers.get("content-type", "")
    return dict(response.json()) if is_json else {}
