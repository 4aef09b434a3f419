from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import sql

from recsys.errors import RunError
from recsys.evaluation.splits import Fold
from recsys.io.partitions import partition
from recsys.io.postgres import Database, open_database, writer_lock
from recsys.io.publications import read_publication
from recsys.io.replay_copy import drop_copy, replay_copy, settings_of_copy
from recsys.io.replay_filling import renew_refusals
from recsys.io.replay_views import show_day
from recsys.io.runs import read_run
from recsys.models.bundle import Bundle
from recsys.models.candidates import default_recipes
from recsys.settings import Settings
from recsys.steps.context import StepContext
from recsys.steps.replayed_day import keep_outcomes, replay_day
from recsys.steps.retention import retention
from recsys.steps.runner import run_step
from recsys.steps.score_customers import build_publication
from recsys.steps.training.refitting import refit
from recsys.types import no_progress

from .bank_with_a_past import DAY, END, PRODUCTS, customer_key, known_by, whole_bank, write_bank
from .refused_pairs import refused_pairs
from .table_contents import table_contents

RECIPE = default_recipes(7)["hybrid"]
FOLD = Fold(DAY, DAY + timedelta(days=30))
# The database rounds them.
NUMBERS = ("annual_income", "amount", "balance")
RAW = ("customers", "customer_links", "products", "holdings", "transactions", "surveys", "consents", "interactions")


@contextmanager
def second_bank(server: Settings, home: Settings) -> Iterator[Settings]:
    """Another installation with the same keys."""
    name = f"{home.database_name}_other"
    maintenance = replace(open_database(home), name="postgres")
    with maintenance.connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template recsys").format(sql.Identifier(name)))
        connection.execute(sql.SQL("grant temporary on database {} to ingest, transform").format(sql.Identifier(name)))
        yield home.model_copy(update={"database_name": name})
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def published(database: Database, run_id: str) -> dict[str, list[tuple[Any, ...]]]:
    with database.connect("publisher") as connection:
        publication_id = read_publication(connection, run_id)["publication_id"]
        return {
            table: connection.execute(
                sql.SQL("select {} from {} order by 1, 2").format(columns, partition(table, publication_id))
            ).fetchall()
            for table, columns in (
                ("recommendation_rows", sql.SQL("person_key, rank, product_id, score, reason_ids")),
                ("elimination_rows", sql.SQL("person_key, set_ids")),
            )
        } | {"refused": sorted(refused_pairs(database, publication_id))}


def publish_with(settings: Settings, run_id: str, fit: Bundle | None = None) -> None:
    """What a run does with the marts that stand, with one recipe."""
    database = open_database(settings)
    with database.connect("ingest") as connection:
        run = read_run(connection, run_id)
    context = StepContext(run, settings, database, "training", no_progress)
    bundle = fit or refit(context, RECIPE, DAY).bundle
    build_publication(replace(context, role="publisher"), bundle, "replay")


def databases(home: Settings) -> set[str]:
    with open_database(home).connect("admin") as connection:
        rows = connection.execute("select datname from pg_database where datname like %s", [f"{home.database_name}%"])
        return {row[0] for row in rows.fetchall()}


def refuse_to_begin(home: Settings, why: str) -> None:
    with pytest.raises(RunError, match=why), replay_copy(home, keep=False, progress=no_progress):
        pass


def test_replay_publishes_what_a_bank_would_have_that_knew_nothing_later_and_changes_nothing(
    server: Settings, home: Settings, database: Database
) -> None:
    rows = whole_bank()
    write_bank(database, rows, "whole", END)
    before = table_contents(database)
    with replay_copy(home, keep=False, progress=no_progress) as copied:
        keep_outcomes(copied, FOLD.end, no_progress)
        day, kind = replay_day(copied, FOLD, 5, RECIPE, no_progress)
        run_id = f"replay-{DAY}"
        publish_with(copied.settings, run_id)
        replayed = published(copied.database, run_id)
    assert table_contents(database) == before
    assert databases(home) == {home.database_name}

    with second_bank(server, home) as other:
        write_bank(open_database(other), known_by(rows, DAY), "then", DAY)
        for step in ("build_marts", "check_marts"):
            run_step(step, "then", other)
        publish_with(other, "then")
        then = published(open_database(other), "then")
    assert len(then["recommendation_rows"]) > 300
    assert replayed == then
    assert kind == "hybrid"
    assert day.model.n_rows == len(then["recommendation_rows"])

    lists = {(row[0], row[2]): row[1] for row in then["recommendation_rows"]}
    refused = {(UUID(person), product) for person, product, _, _ in then["refused"]}
    known = {row["customer_key"] for row in known_by(rows, DAY)["customers"]}
    held = {
        (row["customer_key"], row["product_id"]) for row in known_by(rows, DAY)["holdings"] if row["closed_at"] is None
    }
    taken = {
        (row["customer_key"], row["product_id"]) for row in rows["holdings"] if DAY < row["opened_at"] <= FOLD.end
    } - held
    by_known = {pair for pair in taken if pair[0] in known}
    assert len(by_known & lists.keys()) > 3
    assert day.n_openings == len(by_known)
    assert day.n_by_newcomers == len(taken) - len(by_known) > 0
    assert day.n_permitted == len(by_known - refused - {pair for pair in by_known if pair[1] == PRODUCTS[-1]})
    assert sum(day.model.n_found.values()) == len(by_known & lists.keys())
    assert day.n_customers == len({pair[0] for pair in by_known})


def test_every_day_shows_the_rows_that_were_known_by_then(home: Settings, database: Database) -> None:
    rows = whole_bank()
    write_bank(database, rows, "whole", END)
    with replay_copy(home, keep=False, progress=no_progress) as copied:
        for day in (DAY - timedelta(days=200), DAY, END):
            with copied.database.connect("admin") as connection:
                show_day(connection, day)
                for table in RAW:
                    expected = known_by(rows, day)[table]
                    columns = [column for column in rows[table][0] if column not in NUMBERS]
                    found = connection.execute(
                        sql.SQL("select {} from raw.{}").format(
                            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
                        )
                    ).fetchall()
                    wanted = [tuple(row[column] for column in columns) for row in expected]
                    assert Counter(found) == Counter(wanted), (day, table)


def test_copy_is_dropped_whatever_ends_the_replay_and_nobody_works_beside_it(
    home: Settings, database: Database
) -> None:
    write_bank(database, whole_bank(), "whole", END)

    def end_by(ending: BaseException) -> None:
        with replay_copy(home, keep=False, progress=no_progress):
            assert settings_of_copy(home).database_name in databases(home)
            refuse_to_begin(home, "Another replay of this bank is at work")
            raise ending

    for ending in (RunError("the step failed"), KeyboardInterrupt()):
        with pytest.raises(type(ending)):
            end_by(ending)
        assert databases(home) == {home.database_name}
        assert not settings_of_copy(home).home.exists()
    with database.connect("ingest") as connection, writer_lock(connection):
        refuse_to_begin(home, "Another step is writing")
    assert databases(home) == {home.database_name}


def test_copy_that_was_left_goes_with_the_next_replay_and_with_retention(home: Settings, database: Database) -> None:
    write_bank(database, whole_bank(), "whole", END)
    with replay_copy(home, keep=True, progress=no_progress) as left, left.database.connect("admin") as connection:
        connection.execute("create table public.marker ()")
    aside = settings_of_copy(home)
    assert aside.database_name in databases(home)
    with replay_copy(home, keep=True, progress=no_progress) as again, again.database.connect("admin") as connection:
        assert connection.execute("select to_regclass('public.marker')").fetchone() == (None,)
    retention(home, "dry", is_dry_run=True)
    assert aside.database_name in databases(home)
    retention(home, "enforced", is_dry_run=False)
    assert databases(home) == {home.database_name}
    assert not aside.home.exists()


def test_replay_from_under_which_the_copy_was_dropped_says_so(home: Settings, database: Database) -> None:
    write_bank(database, whole_bank(), "whole", END)

    def be_overtaken() -> None:
        with replay_copy(home, keep=False, progress=no_progress) as copied:
            drop_copy(home)
            renew_refusals(copied.live, copied.database)

    with pytest.raises(RunError, match="dropped while it was at work"):
        be_overtaken()


def test_refusal_of_meanwhile_counts_at_the_next_date(home: Settings, database: Database) -> None:
    write_bank(database, whole_bank(), "whole", END)
    with replay_copy(home, keep=False, progress=no_progress) as copied:
        with database.connect("admin") as connection:
            connection.execute(
                "insert into ops.suppressions (customer_key, reason, serves) values (%s, 'objected', 'popular')",
                [customer_key(2)],
            )
            connection.execute(
                """
                insert into ops.consents (customer_key, purpose, is_granted, channel) values
                (%(key)s, 'profiling', false, 'phone'), (%(key)s, 'marketing', true, 'phone')
                """,
                {"key": customer_key(3)},
            )
        renew_refusals(copied.live, copied.database)
        with copied.database.connect("transform") as connection:
            suppressed = connection.execute("select customer_key, reason from ops.suppressions").fetchall()
            consents = connection.execute("select customer_key, purpose from ops.consents").fetchall()
        with copied.database.connect("admin") as connection:
            show_day(connection, DAY)
            then = connection.execute("select customer_key, purpose, is_granted from ops.consents").fetchall()
        with database.connect("admin") as connection:
            connection.execute("insert into ops.key_versions (key_name, version) values ('pseudonym_key', 2)")
        with pytest.raises(RunError, match="key was rotated"):
            renew_refusals(copied.live, copied.database)
    assert suppressed == [(customer_key(2), "objected")]
    assert sorted(consents) == [(customer_key(3), "marketing"), (customer_key(3), "profiling")]
    assert then == [(customer_key(3), "profiling", False)]


def test_snapshot_and_an_empty_bank_have_nothing_to_replay(home: Settings, database: Database) -> None:
    refuse_to_begin(home, "no feed was taken in")
    write_bank(database, whole_bank(), "whole", END)
    with database.connect("admin") as connection:
        connection.execute("update ops.feeds set history = 'snapshot'")
    refuse_to_begin(home, "snapshot cannot be replayed")
    assert databases(home) == {home.database_name}
