"""What users meet: names, help, exit codes and messages."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.steps.registry import STEP_BY_NAME

ISSUED = {
    "up",
    "down",
    "status",
    "demo",
    "feed",
    "run",
    "runs",
    "publications",
    "rollback",
    "recommend",
    "db",
    "duplicates",
    "quarantine",
}
HEAVY = ("airflow", "mlflow", "great_expectations", "dbt", "presidio_analyzer", "pandas", "numpy", "psycopg", "lightfm")


@pytest.fixture
def invoke(tmp_path):
    runner = CliRunner(env={"RECSYS_HOME": str(tmp_path / "home")})
    return lambda *words: runner.invoke(app, list(words))


def test_every_command_and_every_step_is_there():
    assert set(get_command(app).commands) >= ISSUED | set(STEP_BY_NAME)


@pytest.mark.parametrize(
    "words", ["", "feed demo", "db url", "duplicates explain", "quarantine fix", *sorted(ISSUED | set(STEP_BY_NAME))]
)
def test_every_command_explains_itself(invoke, words):
    result = invoke(*words.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_starting_imports_no_heavy_library():
    script = "import sys, recsys.cli.main; print([name for name in sys.argv[1:] if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script, *HEAVY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_our_own_errors_are_a_message_and_what_to_do(invoke):
    result = invoke("runs")
    assert result.exit_code == 1
    assert "Nothing was started" in result.stderr
    assert "Run `recsys up` first." in result.stderr
    assert "Traceback" not in result.output


def test_what_to_do_names_the_home_that_was_chosen(tmp_path):
    home = tmp_path / "other bank"
    result = CliRunner().invoke(app, ["--home", str(home), "runs"])
    assert f"Run `recsys --home '{home}' up` first." in result.stderr


def test_a_role_that_does_not_exist_is_named_with_those_that_do(invoke):
    result = invoke("db", "url", "--role", "root")
    assert result.exit_code == 1
    assert "There is no role root." in result.stderr
    assert "downstream" in result.stderr


def test_a_wrong_setting_is_named(invoke, monkeypatch):
    monkeypatch.setenv("RECSYS_TOP_N", "0")
    result = invoke("status")
    assert result.exit_code == 1
    assert "RECSYS_TOP_N" in result.stderr


def test_a_run_that_could_not_begin_is_machine_readable(invoke):
    result = invoke("run", "--feed", "/feeds/bank", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert answer["state"] == "failed"
    assert "Nothing was started" in answer["error"]
    assert (answer["publication_id"], answer["steps"]) == (None, [])


def test_a_training_policy_that_does_not_exist_is_refused(invoke):
    result = invoke("run", "--train", "sometimes")
    assert result.exit_code == 1
    assert "auto, always or never" in result.stderr


def test_status_of_a_home_that_was_never_started_is_machine_readable(invoke):
    result = invoke("status", "--json")
    assert result.exit_code == 1
    assert {state["is_running"] for state in json.loads(result.stdout)} == {False}


def test_home_is_chosen_before_the_command(tmp_path):
    result = CliRunner().invoke(app, ["--home", str(tmp_path / "other"), "status", "--json"])
    assert all(str(tmp_path / "other") in state["log"] for state in json.loads(result.stdout))


def test_down_where_nothing_runs_is_no_error(invoke):
    assert invoke("down").exit_code == 0
