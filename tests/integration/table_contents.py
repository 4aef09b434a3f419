"""Everything that the tables of an installation hold, so that two moments can be compared."""

from __future__ import annotations

from psycopg import sql

from recsys.io.postgres import Database


def table_contents(database: Database) -> dict[str, tuple[int, str]]:
    """Every table, as its number of rows and a hash over them, but for the log of who did what, which only grows."""
    with database.connect("admin") as connection:
        tables = connection.execute(
            """
            select schemaname, tablename from pg_tables
            where schemaname not in ('pg_catalog', 'information_schema') and tablename <> 'audit_log'
            """
        ).fetchall()
        query = "select count(*), md5(string_agg(md5(rows::text), '' order by md5(rows::text))) from {} as rows"
        found = {}
        for names in tables:
            row = connection.execute(sql.SQL(query).format(sql.Identifier(*names))).fetchone()
            assert row is not None
            found[".".join(names)] = row
        return found
