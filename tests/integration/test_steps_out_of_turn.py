from __future__ import annotations

import pytest

from recsys.errors import RunError
from recsys.io.postgres import Database
from recsys.io.trainings import read_marts_feed
from recsys.settings import Settings
from recsys.steps.runner import run_step

from .marts_of_a_small_bank import begin_run


@pytest.mark.parametrize("step", ["check_raw", "cluster_values", "build_marts", "check_marts"])
def test_step_behind_the_boundary_asks_for_a_feed_that_is_in_raw(home: Settings, database: Database, step: str) -> None:
    begin_run(home, database, "first")
    with database.connect("ingest") as connection:
        connection.execute("update ops.feeds set state = 'resolved'")
    with pytest.raises(RunError, match="is resolved, and not yet in raw") as refusal:
        run_step(step, "first", home)
    assert "anonymise_feed" in refusal.value.remedy


def test_marts_of_a_feed_that_was_replaced_since_are_not_read(home: Settings, database: Database) -> None:
    begin_run(home, database, "first")
    with database.connect("ingest") as connection:
        assert read_marts_feed(connection, "first")["run_id"] == "first"
        connection.execute("update ops.feeds set anonymised_at = now() + interval '1 second'")
        with pytest.raises(RunError, match="not complete and checked"):
            read_marts_feed(connection, "first")
