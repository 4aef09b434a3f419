from __future__ import annotations

import psycopg
import pytest

from recsys.io import migrate
from recsys.io.postgres import Database
from recsys.settings import Settings

REFUSED = [
    ("downstream", "select * from identity.customers"),
    ("downstream", "select * from raw.customers"),
    ("downstream", "select * from serving.recommendation_rows"),
    ("engineer", "select payload from quarantine.rows"),
    ("engineer", "select reason from quarantine.rows"),
    ("downstream", "select * from quarantine.list_rows('first')"),
    ("engineer", "select * from identity.customers"),
    ("transform", "select * from identity.customers"),
    ("transform", "select * from quarantine.rows"),
    ("transform", "select * from identity.originals"),
    ("engineer", "select * from identity.originals"),
    ("publisher", "select run_id from identity.originals"),
    ("training", "select * from raw.customers"),
    ("publisher", "select * from raw.customers"),
    ("publisher", "select * from identity.customers"),
    ("ingest", "select * from serving.recommendation_rows"),
    ("reporting", "select * from serving.recommendations"),
    ("reporting", "select * from serving.publications"),
    ("reporting", "select * from ops.step_runs"),
    ("reporting", "select * from ops.feedback_counts"),
    ("downstream", "select * from reporting.runs"),
]


@pytest.mark.parametrize(("role", "query"), REFUSED)
def test_role_is_refused_what_is_not_its_own(database: Database, role: str, query: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.connect(role) as connection:
        connection.execute(query.encode())


def test_engineer_reads_rejected_rows_by_a_function_that_writes_it_down(database: Database) -> None:
    with database.connect("ingest") as connection:
        connection.execute(
            """
            insert into quarantine.rows (load_id, table_name, line, column_name, rule, reason, payload)
            values ('first', 'customers', 7, 'birth_date', 'type', 'expected a date', '\\x00')
            """
        )
    with database.connect("engineer") as connection:
        rows = connection.execute("select table_name, line, rule from quarantine.list_rows('first')").fetchall()
        looks = connection.execute("select actor, action, subject from ops.audit_log").fetchall()
    assert rows == [("customers", 7, "type")]
    assert looks == [("engineer", "list_quarantined_rows", "first")]


def test_downstream_reads_the_serving_view(database: Database) -> None:
    with database.connect("downstream") as connection:
        assert connection.execute("select * from serving.recommendations").fetchall() == []


def test_migrations_run_again_change_nothing(home: Settings, database: Database) -> None:
    with database.connect("admin") as connection:
        before = connection.execute("select * from public.migrations order by name").fetchall()
    migrate.prepare_database(home)
    with database.connect("admin") as connection:
        assert connection.execute("select * from public.migrations order by name").fetchall() == before
