from __future__ import annotations

import pytest

from recsys.errors import RunError
from recsys.io.postgres import Database, writer_lock
from recsys.io.runs import check_is_current, read_step_runs, run_of
from recsys.settings import Settings
from recsys.steps.runner import run_step, start_run


@pytest.fixture
def run_id(home: Settings) -> str:
    start_run(run_of("first", str(home.home / "no-such-feed"), None, 5, "auto"), home)
    return "first"


def test_failed_step_is_kept_with_the_message_that_the_user_saw(
    home: Settings, database: Database, run_id: str
) -> None:
    with pytest.raises(Exception) as failure:
        run_step("ingest_feed", run_id, home)
    with database.connect("engineer") as connection:
        (attempt,) = read_step_runs(connection, run_id)
    assert (attempt["step"], attempt["state"], attempt["error"]) == ("ingest_feed", "failed", str(failure.value))
    assert attempt["peak_memory_bytes"] > 0


def test_step_of_an_older_run_is_refused(home: Settings, run_id: str) -> None:
    start_run(run_of("second", "anywhere", None, 5, "auto"), home)
    with pytest.raises(RunError, match="belongs to run second"):
        run_step("ingest_feed", run_id, home)


def test_a_run_that_only_trains_takes_nothing_over(home: Settings, database: Database, run_id: str) -> None:
    start_run(run_of("weekly", "anywhere", None, 5, "always"), home, "train_models")
    with database.connect("ingest") as connection:
        check_is_current(connection, run_id)


def test_second_writer_is_refused(home: Settings, database: Database, run_id: str) -> None:
    with (
        database.connect("ingest", autocommit=True) as other,
        writer_lock(other),
        pytest.raises(RunError, match="Another step is writing"),
    ):
        run_step("ingest_feed", run_id, home)


def test_unknown_step_names_the_steps_that_exist(home: Settings, run_id: str) -> None:
    with pytest.raises(RunError, match="publish_recommendations"):
        run_step("publish", run_id, home)
