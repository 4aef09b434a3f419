"""The demo through Airflow, as `make demo` runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from tests.end_to_end.planted_values import find_leaks
from tests.installation import Installation

from recsys.io.services import UI_USER
from recsys.io.stack import airflow_url
from recsys.steps.registry import STEPS

pytestmark = pytest.mark.slow
N_CUSTOMERS = 300


@pytest.fixture(scope="module")
def shown(server_folder: Path) -> Iterator[tuple[Installation, str]]:
    """An installation and what `recsys demo` showed in it."""
    installation = Installation(server_folder / "airflow")
    try:
        yield installation, installation.recsys("demo", "--customers", str(N_CUSTOMERS)).stdout
    finally:
        installation.recsys("down")


def test_demo_shows_every_step_a_sample_and_the_doors(shown: tuple[Installation, str]) -> None:
    _, output = shown
    assert all(step.name in output for step in STEPS)
    assert all(door in output for door in ("Airflow UI", "MLflow UI", "Database"))


def test_a_run_through_airflow_publishes(shown: tuple[Installation, str]) -> None:
    installation, _ = shown
    (publication,) = installation.json("publications")
    assert publication["state"] == "published"
    assert publication["n_rows"] > N_CUSTOMERS


def test_xcom_holds_counts_only(shown: tuple[Installation, str]) -> None:
    import json

    import psycopg

    installation, _ = shown
    url = installation.database.url("airflow", name=installation.settings.airflow_database)
    with psycopg.connect(url) as connection:
        values = [row[0] for row in connection.execute("select value from xcom").fetchall()]
    assert values
    assert max(len(json.dumps(value)) for value in values) < 2_000


def test_no_value_of_a_customer_is_in_xcom_task_logs_or_anywhere_outside_the_boundary(
    shown: tuple[Installation, str],
) -> None:
    installation, _ = shown
    assert find_leaks(installation.settings, installation.feed / "truth") == []


def test_the_report_of_a_run_is_linked_and_served_to_those_who_are_signed_in_only(
    shown: tuple[Installation, str],
) -> None:
    installation, _ = shown
    (run,) = installation.json("runs")
    url, run_id = airflow_url(installation.settings), quote(run["run_id"], safe="")
    password = installation.database.secrets.service_key("airflow_ui_password")
    signed = httpx.post(f"{url}/auth/token", json={"username": UI_USER, "password": password}).raise_for_status()
    bearer = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    task = f"{url}/api/v2/dags/recommendations/dagRuns/{run_id}/taskInstances/resolve_customers"
    link = httpx.get(f"{task}/links", headers=bearer).raise_for_status().json()["extra_links"]["Data quality"]
    assert "<h1>Data quality of demo</h1>" in httpx.get(f"{url}{link}", headers=bearer).raise_for_status().text
    assert httpx.get(f"{url}{link}").status_code == 401
    for elsewhere in ("..%2f..%2fsecrets.json", "%2e%2e%2fsecrets.json", "%2e%2e"):
        answer = httpx.get(f"{url}/quality/{elsewhere}", headers=bearer)
        assert answer.status_code == 404


def test_a_second_demo_reuses_what_is_there(shown: tuple[Installation, str]) -> None:
    installation, _ = shown
    written = (installation.feed / "customers.csv").stat().st_mtime_ns
    installation.recsys("demo", "--customers", str(N_CUSTOMERS))
    assert (installation.feed / "customers.csv").stat().st_mtime_ns == written
    assert len(installation.json("publications")) == 2
