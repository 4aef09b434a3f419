"""No role that works on pseudonyms gets back to a customer: not by tables, views, statistics or sessions."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql
from tests.integration.role_matrix import CALLERS, LOGINS

from recsys.io.postgres import Connection, Database

PLANTED = "C-PLANTED-4711"
KEY = uuid.UUID("5a1e0000-0000-4000-8000-000000004711")
# Who looks customers up is `downstream`, by the serving views, and `api`, by them and a few functions; who brings them
# in is `ingest`; who answers them is `officer`, for a request. Nobody else ever sees an id.
PSEUDONYMOUS = tuple(role for role in LOGINS if role not in ("ingest", "downstream", "officer"))
# To systems of the bank: whose list changed; to an advisor: the own portfolio.
TELLING_IDS = {"api": {"serving.read_changes", "serving.read_portfolio", "serving.read_best_conversations"}}


@pytest.fixture
def bank(database: Database) -> Database:
    """A customer who stands in every table of `identity`, with statistics, and who was published."""
    with database.connect("admin") as connection:
        connection.execute("insert into ops.runs (run_id, feed, top_n, train) values ('r', 'f', 5, 'never')")
        for number in range(3):
            customer = {"id": PLANTED if number == 1 else f"C-{number}", "key": uuid.UUID(int=KEY.int + number - 1)}
            connection.execute(
                """
                insert into identity.customers (customer_key, customer_id, person_key, match_rule, contact, load_id)
                values (%(key)s, %(id)s, %(key)s, 'self', convert_to(%(id)s, 'UTF8'), 'r')
                """,
                customer,
            )
            connection.execute(
                """
                insert into identity.published_customers (customer_id, person_key, since_publication)
                values (%(id)s, %(key)s, 1)
                """,
                customer,
            )
            connection.execute("insert into raw.customers (customer_key) values (%(key)s)", customer)
            connection.execute(
                "insert into raw.customer_links values (%(key)s, %(key)s, 'self')",
                customer,
            )
        connection.execute(
            """
            insert into identity.originals (run_id, table_name, row_hash, payload)
            values ('r', 'customers', '', convert_to(%(planted)s, 'UTF8'))
            """,
            {"planted": PLANTED},
        )
        connection.execute("analyze")
    return database


def places_that_show_it(connection: Connection) -> list[str]:
    """Every relation, also of the catalogue, in which whoever is logged in finds the planted id or its bytes."""
    relations = connection.execute(
        """
        select schemas.nspname, relations.relname
        from pg_class as relations
        inner join pg_namespace as schemas on schemas.oid = relations.relnamespace
        where
            relations.relkind in ('r', 'p', 'v', 'm') and schemas.nspname !~ '^pg_(temp|toast)'
            and has_schema_privilege(schemas.oid, 'usage') and has_any_column_privilege(relations.oid, 'select')
        order by 1, 2
        """
    ).fetchall()
    assert len(relations) > 100
    found = []
    for schema, name in relations:
        query = sql.SQL(
            "select 1 from {} as rows where rows::text like any(array['%%' || {} || '%%', '%%' || {} || '%%']) limit 1"
        ).format(sql.Identifier(schema, name), sql.Literal(PLANTED), sql.Literal(PLANTED.encode().hex()))
        try:
            if connection.execute(query).fetchone():
                found.append(f"{schema}.{name}")
        except psycopg.Error:
            # Some views of the catalogue are for the owner only, or for replicas.
            pass
        finally:
            connection.rollback()
    # The question that is just being asked holds what it asks for.
    return [name for name in found if name not in ("pg_catalog.pg_stat_activity", "pg_catalog.pg_cursors")]


def test_the_owner_finds_the_planted_id_in_tables_and_statistics(bank: Database) -> None:
    with bank.connect("admin") as connection:
        shown = places_that_show_it(connection)
    assert {"identity.customers", "identity.published_customers", "identity.originals", "pg_catalog.pg_stats"} <= set(
        shown
    )


@pytest.mark.parametrize("role", [role for role in LOGINS if role != "downstream"])
def test_no_relation_that_a_role_may_read_shows_an_id_or_sealed_contact_data(bank: Database, role: str) -> None:
    with bank.connect(role) as connection:
        assert places_that_show_it(connection) == []


@pytest.mark.parametrize("role", PSEUDONYMOUS)
def test_other_sessions_statements_are_not_shown(bank: Database, role: str) -> None:
    with bank.connect("ingest") as working, bank.connect(role) as watching:
        working.execute(sql.SQL("select {}").format(sql.Literal(PLANTED)))
        query = "select query from pg_stat_activity where pid = %s"
        shown = watching.execute(query, [working.info.backend_pid]).fetchall()
        assert shown == [("<insufficient privilege>",)]
        with bank.connect("admin") as owner:
            assert PLANTED in owner.execute(query, [working.info.backend_pid]).fetchall()[0][0]


@pytest.mark.parametrize("role", PSEUDONYMOUS)
def test_no_function_that_a_role_may_call_answers_with_an_id(bank: Database, role: str) -> None:
    with bank.connect("admin") as connection:
        answering = connection.execute(
            """
            select schemas.nspname || '.' || functions.proname, pg_get_function_result(functions.oid)
            from pg_proc as functions
            inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
            """
        ).fetchall()
    answers = {function: answer for function, answer in answering if role in CALLERS.get(function, ())}
    giving_out = {
        function
        for function, answer in answers.items()
        if "customer_id" in answer
        or "contact" in answer
        or "payload" in answer
        or answer in ("refcursor", "SETOF text")
    }
    assert giving_out == TELLING_IDS.get(role, set())


@pytest.mark.parametrize("role", ["downstream", "api"])
def test_serving_view_is_the_one_relation_that_leads_to_an_id(bank: Database, role: str) -> None:
    with bank.connect("admin") as connection:
        connection.execute(
            """
            insert into serving.publications
                (run_id, model_name, model_version, rules_version, as_of, top_n, state, published_at, valid_until)
            values ('r', 'm', '1', '1', current_date, 1, 'published', now(), now() + interval '1 day')
            """
        )
        connection.execute(
            "insert into serving.current_publication (publication_id) select publication_id from serving.publications"
        )
        connection.execute("insert into serving.products (product_id, product_name, category) values ('p', 'p', 'c')")
        connection.execute(
            """
            create table serving.recommendation_rows_p1 partition of serving.recommendation_rows
            for values in (1)
            """
        )
        connection.execute("insert into serving.recommendation_rows values (1, %s, 1, 'p', 0.5, '{}')", [KEY])
    with bank.connect(role) as connection:
        assert places_that_show_it(connection) == ["serving.recommendations"]
        columns = connection.execute("select * from serving.recommendations limit 0").description
    assert columns is not None
    assert not {column.name for column in columns} & {"person_key", "customer_key"}


@pytest.mark.parametrize("role", ["ingest", "transform"])
def test_a_look_alike_in_the_callers_own_schema_is_not_what_a_function_reads(bank: Database, role: str) -> None:
    """Temporary objects of a caller are found first by name, but not by functions that name their schema.

    Other roles make none: see test_definer_functions.
    """
    function = "select * from identity.ids_among(array[%s], 'test')"
    with bank.connect(role) as connection:
        connection.execute("create temporary table customers (customer_id text)")
        connection.execute("insert into customers values ('C-9')")
        connection.execute("set search_path = pg_temp, identity, public")
        if role in CALLERS["identity.ids_among"]:
            assert connection.execute(function, ["C-9"]).fetchall() == []
            assert connection.execute(function, [PLANTED]).fetchall() == [(PLANTED,)]
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(function, [PLANTED])
