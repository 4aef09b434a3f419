"""What runs as the owner of the database runs nothing of whoever calls it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from recsys.io.postgres import Connection, Database, open_database
from recsys.io.secrets import ROLES
from recsys.settings import Settings

USES_TEMPORARY = {"ingest", "transform"}

# A view in the place of a table of the catalogue that the function reads, which notes as whom it is looked into.
SHADOW = """
create temporary table ran_as (name text);
create function pg_temp.note() returns boolean language plpgsql volatile as $$
begin
    insert into pg_temp.ran_as values (current_user);
    return true;
end
$$;
grant all on pg_temp.ran_as to public;
create view pg_temp.pg_attribute as
select attrelid, attnum, attname, atttypid from pg_catalog.pg_attribute where pg_temp.note();
"""
OPEN = "select ops.open_scan('looked_through', 'raw', 'customers', array['status'], 100, 0)"


def test_every_function_that_runs_as_its_owner_looks_for_temporary_objects_last(database: Database) -> None:
    with database.connect("admin") as connection:
        functions = connection.execute(
            """
            select
                functions.oid::regprocedure::text, setting, has_function_privilege('public', functions.oid, 'execute')
            from pg_proc as functions
            inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
            left join unnest(functions.proconfig) as setting on setting like 'search_path=%'
            where schemas.nspname !~ '^pg_' and schemas.nspname <> 'information_schema' and functions.prosecdef
            """
        ).fetchall()
    assert len(functions) > 40
    assert [name for name, setting, _ in functions if setting != "search_path=pg_catalog, pg_temp"] == []
    assert [name for name, _, is_everybody_s in functions if is_everybody_s] == []


def test_function_that_runs_within_one_looks_for_temporary_objects_last(database: Database) -> None:
    with database.connect("admin") as connection:
        open_to_shadowing = connection.execute(
            """
            select functions.oid::regprocedure::text
            from pg_proc as functions
            inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
            inner join unnest(functions.proconfig) as setting on setting like 'search_path=%'
            where schemas.nspname !~ '^pg_' and schemas.nspname <> 'information_schema' and setting !~ ', pg_temp$'
            """
        ).fetchall()
    assert open_to_shadowing == []


@pytest.mark.parametrize("names_temporary", [True, False], ids=["as it is", "as it was"])
def test_temporary_view_of_the_caller_is_not_taken_for_the_catalogue(
    home: Settings, database: Database, names_temporary: bool
) -> None:
    with database.connect("admin") as connection:
        connection.execute(sql.SQL("grant temporary on database {} to officer").format(sql.Identifier(database.name)))
        if not names_temporary:
            connection.execute("alter function ops.open_scan set search_path = pg_catalog")
    with database.connect("officer") as connection:
        connection.execute(SHADOW)
        connection.execute(OPEN)
        ran_as = connection.execute("select distinct name from pg_temp.ran_as").fetchall()
    assert ran_as == ([] if names_temporary else [("admin",)])


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("admin", "airflow", "mlflow")])
def test_only_roles_that_put_rows_aside_may_make_temporary_tables(server: Settings, role: str) -> None:
    with open_database(server).connect(role) as connection:
        if role in USES_TEMPORARY:
            _make_temporary_table(connection)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                _make_temporary_table(connection)


def _make_temporary_table(connection: Connection) -> None:
    connection.execute("create temporary table aside (note text) on commit drop")
