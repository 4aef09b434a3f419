"""Each role logs in and tries everything: what `role_matrix.toml` does not give it is refused."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from tests.integration.role_matrix import CALLERS, LOGINS, SCHEMAS_OF, TABLE_GRANTS, TABLES

from recsys.errors import StackError
from recsys.io.grants import PRIVILEGES, SCHEMAS, list_functions, list_tables, read_table_grants
from recsys.io.postgres import Connection, Database, open_database
from recsys.settings import Settings


@pytest.fixture
def bank(database: Database) -> Database:
    """A database with a table in each of dbt's schemas, and a publication that is being built."""
    with database.connect("transform") as connection:
        for schema in ("staging", "intermediate", "marts"):
            connection.execute(sql.SQL("create table {} (person_key uuid)").format(sql.Identifier(schema, "example")))
    with database.connect("publisher") as connection:
        connection.execute("create table serving.recommendation_rows_p1 (like serving.recommendation_rows)")
    return database


def test_every_table_view_and_function_of_the_database_is_declared(bank: Database) -> None:
    with bank.connect("admin") as connection:
        tables, functions = list_tables(connection), list_functions(connection)
        schemas = connection.execute(
            """
            select nspname from pg_namespace
            where nspname !~ '^pg_' and nspname <> 'information_schema'
            """
        ).fetchall()
    assert {name for (name,) in schemas} == set(SCHEMAS)
    assert set(tables) == TABLES
    assert set(functions) == set(CALLERS)
    assert len(functions) == len(set(functions)), "a second function of one name could be granted unseen"
    assert set(LOGINS) == set(SCHEMAS_OF)


def test_grants_are_those_that_are_declared_column_by_column(bank: Database) -> None:
    with bank.connect("admin") as connection:
        granted = set(read_table_grants(connection, LOGINS))
    assert granted - TABLE_GRANTS == set(), "granted and not declared"
    assert TABLE_GRANTS - granted == set(), "declared and not granted"


@pytest.mark.parametrize("role", LOGINS)
def test_role_that_tries_every_table_is_refused_what_is_not_its_own(bank: Database, role: str) -> None:
    with bank.connect("admin") as connection:
        tables, columns = list_tables(connection), _columns_to_try(connection, role)
    allowed = {(grant.table, grant.privilege) for grant in TABLE_GRANTS if grant.role == role}
    wrong, n_refused = [], 0
    with bank.connect(role) as connection:
        for table, is_view in tables.items():
            # A view of ours takes no rows in, whoever asks.
            for privilege in PRIVILEGES[:1] if is_view else PRIVILEGES:
                is_refused = _is_refused(connection, _attempt(table, privilege, columns))
                n_refused += is_refused
                if is_refused == ((table, privilege) in allowed):
                    wrong.append((table, privilege, "refused" if is_refused else "allowed"))
    assert wrong == []
    assert n_refused > 100


@pytest.mark.parametrize("role", LOGINS)
def test_role_that_calls_every_function_is_refused_what_is_not_its_own(bank: Database, role: str) -> None:
    with bank.connect("admin") as connection:
        calls = connection.execute(_CALLS, [list(SCHEMAS)]).fetchall()
    wrong, n_refused = [], 0
    with bank.connect(role) as connection:
        for function, call in calls:
            is_refused = _is_refused(connection, sql.SQL(call))
            n_refused += is_refused
            if is_refused == (role in CALLERS[function]):
                wrong.append((function, "refused" if is_refused else "allowed"))
    assert wrong == []
    assert n_refused > 20


@pytest.mark.parametrize("role", LOGINS)
def test_role_looks_into_no_schema_sequence_or_role_that_is_not_its_own(bank: Database, role: str) -> None:
    with bank.connect("admin") as connection:
        sequences = connection.execute(
            "select schemaname, sequencename from pg_sequences where schemaname = any(%s)", [list(SCHEMAS)]
        ).fetchall()
    with bank.connect(role) as connection:
        used = connection.execute(
            "select schema from unnest(%s::text[]) as schema where has_schema_privilege(schema, 'usage')",
            [list(SCHEMAS)],
        ).fetchall()
        assert {schema for (schema,) in used} == SCHEMAS_OF[role]
        assert sequences
        for name in sequences:
            assert _is_refused(connection, sql.SQL("select * from {}").format(sql.Identifier(*name)))
            assert _is_refused(connection, sql.SQL("select nextval({})").format(sql.Literal(".".join(name))))
        for other in ("admin", *(login for login in LOGINS if login != role)):
            assert _is_refused(connection, sql.SQL("set role {}").format(sql.Identifier(other)))
            assert _is_refused(connection, sql.SQL("set session authorization {}").format(sql.Identifier(other)))
        rights = connection.execute(
            """
            select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
            from pg_roles where rolname = current_user
            """
        ).fetchone()
    assert rights == (False,)


@pytest.mark.parametrize("role", LOGINS)
def test_role_gets_into_no_database_that_is_not_its_own(server: Settings, role: str) -> None:
    shared = open_database(server)
    own = {"airflow": server.airflow_database, "mlflow": server.mlflow_database}.get(role, shared.name)
    for name in (shared.name, server.airflow_database, server.mlflow_database):
        there = Database(shared.host, shared.port, name, shared.secrets)
        if name == own:
            there.connect(role).close()
        else:
            with pytest.raises(StackError, match="permission denied"):
                there.connect(role)


def test_definer_functions_find_no_object_of_the_caller_before_those_they_mean(bank: Database) -> None:
    with bank.connect("admin") as connection:
        open_to_shadowing = connection.execute(
            """
            select oid::regprocedure::text from pg_proc
            where
                pronamespace = any(%s::regnamespace[])
                and prosecdef and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']
            """,
            [list(SCHEMAS)],
        ).fetchall()
    assert open_to_shadowing == []


def _columns_to_try(connection: Connection, role: str) -> dict[tuple[str, str], str]:
    """By table and privilege a column to read or write: one of its own, where the role has only some."""
    first = connection.execute(
        """
        select schemas.nspname || '.' || tables.relname, min(columns.attname) from pg_class as tables
        inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
        inner join pg_attribute as columns on columns.attrelid = tables.oid and columns.attnum > 0
            and not columns.attisdropped
        where schemas.nspname = any(%s)
        group by 1
        """,
        [list(SCHEMAS)],
    ).fetchall()
    own = {
        (grant.table, grant.privilege): grant.columns[0]
        for grant in TABLE_GRANTS
        if grant.role == role and grant.columns
    }
    return {(table, privilege): column for table, column in first for privilege in PRIVILEGES} | own


def _attempt(table: str, privilege: str, columns: dict[tuple[str, str], str]) -> sql.Composed:
    statement = {
        "select": "select {1} from {0}",
        "insert": "insert into {0} default values",
        "update": "update {0} set {1} = default where false",
        "delete": "delete from {0} where false",
        "truncate": "truncate {0}",
    }[privilege]
    return sql.SQL(statement).format(sql.Identifier(*table.split(".")), sql.Identifier(columns[table, privilege]))


def _is_refused(connection: Connection, statement: sql.Composable) -> bool:
    """Whether `statement` is refused for want of a privilege; whatever it did is undone."""
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    except psycopg.Error:
        # It was let in, and failed at what it was given: a missing value, an argument of null.
        return False
    else:
        return False
    finally:
        connection.rollback()


_CALLS = """
    select
        schemas.nspname || '.' || functions.proname,
        format(
            'select %%I.%%I(%%s)', schemas.nspname, functions.proname,
            (
                select string_agg(format('null::%%s', format_type(kind, null)), ', ' order by place)
                from unnest(functions.proargtypes) with ordinality as arguments (kind, place)
            )
        )
    from pg_proc as functions
    inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
    where schemas.nspname = any(%s)
    order by 1
"""
