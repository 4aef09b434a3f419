"""An installation of before eliminations were sets: it serves on, and the next run brings the new rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from psycopg import sql

from recsys.errors import RunError
from recsys.io import migrate
from recsys.io.postgres import Database, open_database
from recsys.io.publications import read_publication, roll_back
from recsys.io.serving import Elimination, read_eliminations, read_recommendations
from recsys.settings import Settings
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import begin_run, build_marts, context_of, customer_id, person_key, popular_products

SOMEBODY = 17
# As the code of then left them: a publication that is read, and one that was scored and not yet published.
THEN = """
insert into serving.publications (run_id, model_name, model_version, rules_version, as_of, top_n, state, published_at,
    valid_until)
values
    ('yesterday', 'popularity', 'old', '1', '2026-06-29', 3, 'published', now(), now() + interval '7 days'),
    ('cut-off', 'popularity', 'old', '1', '2026-06-29', 3, 'checked', null, null);
create table serving.recommendation_rows_p1 partition of serving.recommendation_rows for values in (1);
create table serving.elimination_rows_p1 partition of serving.elimination_rows for values in (1);
create table serving.recommendation_rows_p2 (like serving.recommendation_rows);
create table serving.elimination_rows_p2 (like serving.elimination_rows);
insert into serving.recommendation_rows values (1, '{person}', 1, 'savings', 0.5, '{{}}');
insert into serving.elimination_rows values (1, '{person}', 'age', '{{loan}}');
insert into serving.products values ('savings', 'Savings', 'savings', null);
insert into identity.published_customers (customer_id, person_key, since_publication, customer_key)
values ('{customer}', '{person}', 1, '{person}');
insert into serving.current_publication (publication_id) values (1);
"""


@pytest.fixture
def yesterday(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home whose database ends with the migrations of then."""
    old = home.model_copy(update={"database_name": f"{home.database_name}_old"})
    with monkeypatch.context() as then:
        known = [one for one in migrate._migrations() if one[0] < "0035"]
        then.setattr(migrate, "_migrations", lambda: known)
        migrate.prepare_database(old)
    with open_database(old).connect("admin") as connection:
        for run_id in ("yesterday", "cut-off"):
            begin_run(old, open_database(old), run_id)
        statements = THEN.format(person=person_key(SOMEBODY), customer=customer_id(SOMEBODY))
        connection.execute(statements.encode())
        for table in ("recommendation_rows", "elimination_rows"):
            for number in (1, 2):
                owner = sql.SQL("alter table {} owner to publisher")
                connection.execute(owner.format(sql.Identifier("serving", f"{table}_p{number}")))
    yield old
    with replace(open_database(home), name="postgres").connect("admin", autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(old.database_name)))


def served(database: Database) -> set[str]:
    with database.connect("downstream") as connection:
        return {row["model_version"] for row in read_recommendations(connection, customer_id(SOMEBODY))}


def test_what_was_published_is_served_on_and_can_be_rolled_back_to(yesterday: Settings) -> None:
    migrate.prepare_database(yesterday)
    bank = open_database(yesterday)
    assert served(bank) == {"old"}
    with bank.connect("downstream") as connection:
        assert read_eliminations(connection, customer_id(SOMEBODY)) == []
    build_marts(bank)
    begin_run(yesterday, bank, "today")
    build_publication(context_of(yesterday, bank, "today", "score_customers"), popular_products(), "new")
    with bank.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(yesterday, bank, "today", "publish_recommendations"))
    assert served(bank) == {"new"}
    with bank.connect("downstream") as connection:
        assert Elimination("old", "on_sale", False) in read_eliminations(connection, customer_id(SOMEBODY))
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody")
    assert served(bank) == {"old"}
    frugal = yesterday.model_copy(update={"kept_publications": 1})
    with bank.connect("publisher") as connection:
        roll_back(connection, "somebody", 3)
    result = publish_recommendations(context_of(frugal, bank, "today", "publish_recommendations"))
    assert result.details["retired"] == [1]


def test_what_was_scored_and_not_yet_published_must_be_scored_again(yesterday: Settings) -> None:
    migrate.prepare_database(yesterday)
    with open_database(yesterday).connect("publisher") as connection:
        with pytest.raises(RunError, match="scored nobody yet"):
            read_publication(connection, "cut-off")
        left = connection.execute(
            "select to_regclass('serving.recommendation_rows_p2'), to_regclass('serving.elimination_rows_p2')"
        )
        assert left.fetchone() == (None, None)
