from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from recsys.errors import CheckError, NotFoundError, RunError
from recsys.io.partitions import ELIMINATIONS, ROWS, is_attached, partition
from recsys.io.persons_without import count_persons_without
from recsys.io.postgres import Database
from recsys.io.publications import read_current_publication, read_publication, read_publications, roll_back
from recsys.settings import PROJECT, Settings
from recsys.steps.check_recommendations import check_recommendations
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import begin_run, build_marts, context_of, customer_id, popular_products

# Publishing in a process of its own, which can be killed.
PUBLISH = """
import sys
from pathlib import Path
from recsys.settings import Settings
from recsys.steps.runner import run_step
run_step("publish_recommendations", sys.argv[2], Settings(home=Path(sys.argv[1]), database_name=sys.argv[3]))
"""

REVERSED_TASTE = ("old", "account", "student", "card", "cover", "loan", "savings", "fund")


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    return database


def score_and_check(home: Settings, bank: Database, run_id: str, *order: str) -> None:
    begin_run(home, bank, run_id)
    model = popular_products(order) if order else popular_products()
    build_publication(context_of(home, bank, run_id, "score_customers"), model, run_id)
    check_recommendations(context_of(home, bank, run_id, "check_recommendations"))


def publish(home: Settings, bank: Database, run_id: str) -> None:
    publish_recommendations(context_of(home, bank, run_id, "publish_recommendations"))


def mark_checked(bank: Database) -> None:
    """Skip Great Expectations where the gate is not what is tested."""
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")


def publish_unchecked(home: Settings, bank: Database, run_id: str) -> None:
    begin_run(home, bank, run_id)
    build_publication(context_of(home, bank, run_id, "score_customers"), popular_products(), run_id)
    mark_checked(bank)
    publish(home, bank, run_id)


def served_version(bank: Database) -> set[str]:
    """The model versions that downstream sees; each run's model is called after it."""
    with bank.connect("downstream") as connection:
        return {row[0] for row in connection.execute("select distinct model_version from serving.recommendations")}


def test_first_publication_is_checked_and_served(home: Settings, bank: Database) -> None:
    score_and_check(home, bank, "first")
    assert served_version(bank) == set()
    publish(home, bank, "first")
    assert served_version(bank) == {"first"}
    with bank.connect("downstream") as connection:
        rows = connection.execute(
            "select rank, product_id, reasons from serving.recommendations where customer_id = %s order by rank",
            [customer_id(17)],
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    # Of credit it is no reason that many others take it.
    said = {tuple(row[2]) for row in rows}
    assert said == {("Popular with customers of this bank",), ("Made for borrowing when you need to",)}


def test_persons_who_are_offered_nothing_are_counted_and_those_of_whom_rules_knew_too_little(
    home: Settings, bank: Database
) -> None:
    begin_run(home, bank, "first")
    build_publication(context_of(home, bank, "first", "score_customers"), popular_products(), "first")
    checked = check_recommendations(context_of(home, bank, "first", "check_recommendations"))
    publication_id = int(str(checked.details["publication_id"]))
    with bank.connect("admin") as connection:
        rows, eliminations = (partition(table, publication_id) for table in (ROWS, ELIMINATIONS))
        without = sql.SQL("from {rows} where person_key in (select person_key from {eliminations} limit 12)")
        connection.execute(sql.SQL("delete ") + without.format(rows=rows, eliminations=eliminations))
    with bank.connect("publisher") as connection:
        found = count_persons_without(connection, publication_id)
        scored, served = (
            {row[0] for row in connection.execute(sql.SQL("select person_key from {}").format(table))}
            for table in (eliminations, rows)
        )
        persons = connection.execute("select person_key, birth_year, country from marts.dim_customers").fetchall()
    nothing = [(birth_year, country) for key, birth_year, country in persons if key in scored - served]
    unknown = [one for one in nothing if None in one]
    assert found == {"persons_without": len(nothing), "persons_without_unknown": len(unknown)}
    assert 0 < len(unknown) < len(nothing)
    assert checked.details["offers"].keys() == found.keys()  # type: ignore[union-attr]


def test_publishing_again_changes_nothing(home: Settings, bank: Database) -> None:
    publish_unchecked(home, bank, "first")
    with bank.connect("engineer") as connection:
        before = read_publications(connection, 10)
    publish(home, bank, "first")
    with bank.connect("engineer") as connection:
        assert read_publications(connection, 10) == before


def test_unchecked_publication_is_refused(home: Settings, bank: Database) -> None:
    begin_run(home, bank, "first")
    build_publication(context_of(home, bank, "first", "score_customers"), popular_products(), "first")
    with pytest.raises(RunError, match="building, not checked"):
        publish(home, bank, "first")
    assert served_version(bank) == set()


def test_publication_that_jumps_is_stopped_with_its_figures_and_the_last_one_stays(
    home: Settings, bank: Database
) -> None:
    publish_unchecked(home, bank, "first")
    strict = home.model_copy(update={"max_churn": 0.05})
    with pytest.raises(CheckError, match=r"another first product moved by 0\.\d+, allowed 0\.050"):
        score_and_check(strict, bank, "second", *REVERSED_TASTE)
    with pytest.raises(RunError, match="not checked"):
        publish(strict, bank, "second")
    assert served_version(bank) == {"first"}


def test_another_kind_of_model_may_change_what_is_offered_but_not_how_many_are_served(
    home: Settings, bank: Database
) -> None:
    publish_unchecked(home, bank, "first")
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set model_name = 'hybrid'")
    strict = home.model_copy(update={"max_churn": 0.05, "max_mix_shift": 0.0})
    score_and_check(strict, bank, "second", *REVERSED_TASTE)
    with bank.connect("publisher") as connection:
        found = read_publication(connection, "second")
        shift = found["counts"]["checks"]["shift"]
        assert shift["is_other_model"]
        assert shift["churn"] > 0.05
        # As if the last one had served everybody.
        connection.execute(
            "update serving.publications set counts = counts || '{\"persons_without\": 0}' where run_id = 'first'"
        )
    with pytest.raises(CheckError, match=r"served fell by 0\.\d+, allowed 0\.000"):
        score_and_check(strict.model_copy(update={"max_coverage_drop": 0.0}), bank, "third", *REVERSED_TASTE)


def test_publication_that_lost_most_persons_is_stopped_also_of_another_kind_of_model(
    home: Settings, bank: Database
) -> None:
    publish_unchecked(home, bank, "first")
    with bank.connect("publisher") as connection:
        # As if the last one had been of another model, and of a bank four times as large with the same shares.
        connection.execute(
            """
            update serving.publications set model_name = 'hybrid', n_persons = 4 * n_persons,
                counts = counts || jsonb_build_object('persons_without', 4 * (counts ->> 'persons_without')::int)
            """
        )
    with pytest.raises(CheckError, match=r": the number of persons fell by 0\.750, allowed 0\.500\."):
        score_and_check(home, bank, "second")
    assert served_version(bank) == {"first"}


def test_publication_that_breaks_a_rule_is_stopped(home: Settings, bank: Database) -> None:
    begin_run(home, bank, "first")
    result = build_publication(context_of(home, bank, "first", "score_customers"), popular_products(), "first")
    statement = (
        f"update serving.recommendation_rows_p{result.details['publication_id']} set product_id = 'old' where rank = 1"
    )
    with bank.connect("publisher") as connection:
        connection.execute(statement.encode())
    with pytest.raises(CheckError, match="on_sale"):
        check_recommendations(context_of(home, bank, "first", "check_recommendations"))


def test_killed_while_publishing_the_old_publication_stays_and_the_next_run_completes(
    home: Settings, bank: Database
) -> None:
    publish_unchecked(home, bank, "first")
    begin_run(home, bank, "second")
    build_publication(context_of(home, bank, "second", "score_customers"), popular_products(), "second")
    mark_checked(bank)
    with bank.connect("admin") as gate, bank.connect("admin", autocommit=True) as watch:
        # Readers pass this lock; the step's own transaction stops at its last statement, the pointer.
        gate.execute("lock table serving.current_publication in exclusive mode")
        step = start_publishing(home, "second")
        wait_for_blocked(watch, gate, step)
        assert served_version(bank) == {"first"}
        os.kill(step.pid, signal.SIGKILL)
        assert step.wait() == -signal.SIGKILL
        assert served_version(bank) == {"first"}
        gate.rollback()
    assert served_version(bank) == {"first"}
    publish(home, bank, "second")
    assert served_version(bank) == {"second"}


def start_publishing(home: Settings, run_id: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
    arguments = [sys.executable, "-c", PUBLISH, str(home.home), run_id, home.database_name]
    return subprocess.Popen(arguments, env=environment, cwd=Path(home.home))


def wait_for_blocked(watch: psycopg.Connection, gate: psycopg.Connection, step: subprocess.Popen[bytes]) -> None:
    """Until somebody waits for the lock that `gate` holds."""
    blocked = "select 1 from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
    while watch.execute(blocked, [gate.info.backend_pid]).fetchone() is None:
        assert step.poll() is None, "the step ended before it came to the pointer"


def test_old_publications_go_and_the_kept_ones_stay_for_a_rollback(home: Settings, bank: Database) -> None:
    frugal = home.model_copy(update={"kept_publications": 2})
    for run_id in ("first", "second", "third"):
        publish_unchecked(frugal, bank, run_id)
    with bank.connect("publisher") as connection:
        states = {row["model_version"]: row["state"] for row in read_publications(connection, 10)}
        assert states == {"first": "retired", "second": "published", "third": "published"}
        assert [is_attached(connection, ROWS, number) for number in (1, 2, 3)] == [False, True, True]
        assert connection.execute("select to_regclass('serving.recommendation_rows_p1')").fetchone() == (None,)


def test_retirement_that_was_cut_off_is_finished_by_the_next_publication(home: Settings, bank: Database) -> None:
    frugal = home.model_copy(update={"kept_publications": 1})
    publish_unchecked(home, bank, "first")
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'retired'")
    publish_unchecked(frugal, bank, "second")
    with bank.connect("publisher") as connection:
        assert connection.execute("select to_regclass('serving.elimination_rows_p1')").fetchone() == (None,)
    assert served_version(bank) == {"second"}


def test_rollback_serves_the_publication_before_at_once_and_is_audited(home: Settings, bank: Database) -> None:
    publish_unchecked(home, bank, "first")
    publish_unchecked(home, bank, "second")
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert served_version(bank) == {"first"}
    with bank.connect("engineer") as connection:
        entry = connection.execute("select subject, details from ops.audit_log where action = 'rollback'").fetchone()
    assert entry == ("1", {"from": 2, "asked_by": "somebody"})
    with bank.connect("publisher") as connection, pytest.raises(NotFoundError, match="before 1"):
        roll_back(connection, "somebody")


def test_rollback_can_go_forward_again(home: Settings, bank: Database) -> None:
    publish_unchecked(home, bank, "first")
    publish_unchecked(home, bank, "second")
    for wanted in (1, 2):
        with bank.connect("publisher") as connection:
            roll_back(connection, "somebody", wanted)
            current = read_current_publication(connection)
            assert current is not None
            assert current["publication_id"] == wanted
    with bank.connect("publisher") as connection, pytest.raises(NotFoundError, match="Publication 7"):
        roll_back(connection, "somebody", 7)
