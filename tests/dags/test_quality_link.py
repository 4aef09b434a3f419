"""The way from a run in Airflow to its report, and who may not go it."""

from __future__ import annotations

import asyncio
import importlib.util
from types import SimpleNamespace

import httpx
import pytest
from airflow.serialization.serialized_objects import DagSerialization
from tests.dags.conftest import DAGS

from quality_link import QualityLink

# Airflow's API server imports the test client of its framework, which asks for another library.
pytestmark = pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")


@pytest.fixture(scope="module")
def plugin():
    spec = importlib.util.spec_from_file_location("quality_reports", DAGS / "plugins" / "quality_reports.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_link_survives_on_its_task_in_the_dag_that_airflow_stores(dag_bag):
    stored = DagSerialization.to_dict(dag_bag.dags["recommendations"])
    tasks = {task["__var"]["task_id"]: task["__var"] for task in stored["dag"]["tasks"]}
    links = {name: task["_operator_extra_links"] for name, task in tasks.items() if task.get("_operator_extra_links")}
    assert links == {"resolve_customers": {"Data quality": QualityLink().xcom_key}}


def test_link_leads_to_where_the_plugin_serves(plugin):
    link = QualityLink().get_link(None, ti_key=SimpleNamespace(run_id="manual__2026-11-24T19:30:00+00:00"))
    assert link == f"{plugin.URL_PREFIX}/manual__2026-11-24T19%3A30%3A00%2B00%3A00"


def test_plugins_are_no_dags(dag_bag):
    assert not [path for path in dag_bag.dags.values() if "plugins" in path.fileloc]
    assert "plugins/" in (DAGS / ".airflowignore").read_text().splitlines()


def test_nobody_sees_a_report_without_signing_in(plugin, home, monkeypatch):
    (home.home / "reports" / "run-1").mkdir(parents=True)
    (home.home / "reports" / "run-1" / "data_quality.html").write_text("the report")
    monkeypatch.setenv("RECSYS_HOME", str(home.home))

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(plugin.app), base_url="http://airflow") as client:
            return await client.get("/run-1")

    answer = asyncio.run(ask())
    assert answer.status_code == 401
    assert "the report" not in answer.text


@pytest.fixture
def signed_in(plugin, home, monkeypatch):
    """The app behind its door: who may pass it is tested on a running stack."""
    monkeypatch.setenv("RECSYS_HOME", str(home.home))
    (home.home / "reports" / "run-1").mkdir(parents=True)
    (home.home / "reports" / "run-1" / "data_quality.html").write_text("the report")
    (home.home / "data_quality.html").write_text("a secret")
    return lambda run_id: plugin.data_quality(run_id)


def test_report_of_a_run_is_served_with_scripts_forbidden(signed_in, home):
    answer = signed_in("run-1")
    assert str(answer.path) == str((home.home / "reports" / "run-1" / "data_quality.html").resolve())
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "run_id", ["..", ".", "", "run-1/..", "../reports/run-1", "/", "..\\..", "run-1\0", "%2e%2e", "linked", "run-2"]
)
def test_nothing_else_in_the_home_can_be_asked_for(signed_in, home, run_id):
    (home.home / "reports" / "linked").symlink_to(home.home)
    assert signed_in(run_id).status_code == 404
