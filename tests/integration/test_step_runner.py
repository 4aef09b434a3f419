from __future__ import annotations

import traceback
from pathlib import Path

import psycopg
import pytest
from tests.integration.small_feed import with_line, write_small_feed

from recsys.errors import RunError, StackError, StepCrash
from recsys.io.postgres import Database, writer_lock
from recsys.io.runs import check_is_current, read_run, read_step_runs, run_of, write_run
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


PLANTED = "customer-4711-planted"


@pytest.fixture
def planted_run(home: Settings, tmp_path: Path) -> str:
    """A run that has ingested a feed with a customer whose id is `PLANTED`."""
    feed = write_small_feed(tmp_path / "feed", with_line("customers.csv", f"{PLANTED},2022-01-01,active,,,,,"))
    start_run(run_of("planted", str(feed), None, 5, "auto"), home)
    run_step("ingest_feed", "planted", home)
    return "planted"


def test_row_that_the_database_refuses_is_quoted_nowhere(
    home: Settings, database: Database, planted_run: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with database.connect("admin") as connection:
        connection.execute(
            f"alter table identity.customers add constraint no_planted check (customer_id <> '{PLANTED}') not valid"
        )
    with pytest.raises(StepCrash, match=r"resolve_customers crashed with CheckViolation at \w+\.py:\d+") as failure:
        run_step("resolve_customers", planted_run, home)
    with database.connect("engineer") as connection:
        attempt = read_step_runs(connection, planted_run)[-1]
    shown = "".join(traceback.format_exception(failure.value))
    output = capfd.readouterr()
    assert attempt["error"] == str(failure.value)
    assert "CheckViolation" in output.out + output.err
    for text in (shown, output.out, output.err, attempt["error"]):
        assert PLANTED not in text
    assert failure.value.__context__ is None


def test_database_that_breaks_off_is_worth_another_attempt(
    home: Settings, database: Database, planted_run: str
) -> None:
    with database.connect("admin") as connection:
        connection.execute(
            """
            create function identity.break_off() returns trigger language plpgsql security definer as
            $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$
            """
        )
        connection.execute(
            "create trigger break_off before insert on identity.customers "
            "for each statement execute function identity.break_off()"
        )
    with pytest.raises(StackError, match="PostgreSQL broke off"):
        run_step("resolve_customers", planted_run, home)


def test_error_under_the_lock_is_the_one_that_is_raised_and_nothing_of_it_stays(database: Database) -> None:
    def fail() -> None:
        with database.connect("ingest") as connection, writer_lock(connection):
            write_run(connection, run_of("left-over", "feed", None, 5, "auto"))
            connection.execute("select 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        fail()
    with database.connect("ingest") as connection, writer_lock(connection):
        assert connection.execute("select count(*) from ops.runs").fetchone() == (0,)


def test_what_was_done_under_the_lock_is_there_for_the_next_who_has_it(database: Database) -> None:
    with (
        database.connect("ingest") as first,
        database.connect("ingest") as second,
    ):
        with writer_lock(first):
            write_run(first, run_of("early", "feed", None, 5, "auto"))
        with writer_lock(second):
            assert read_run(second, "early").feed == "feed"


@pytest.mark.parametrize("run_id", ["", ".hidden", "../../etc", "a/b", "a b", "x" * 251, "a\n"])
def test_run_id_that_is_no_name_of_a_folder_is_refused(run_id: str) -> None:
    with pytest.raises(RunError, match="cannot be the id of a run"):
        run_of(run_id, "feed", None, 5, "auto")


def test_airflows_own_run_ids_are_taken() -> None:
    run_id = "scheduled__2026-01-31T03:00:00.000001+00:00~1"
    assert run_of(run_id, "feed", None, 5, "auto").run_id == run_id
