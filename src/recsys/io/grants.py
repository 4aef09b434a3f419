"""Which role may do what in the database: effective privileges, however they were given, read from the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recsys.io.postgres import Connection

SCHEMAS = ("identity", "quarantine", "raw", "staging", "intermediate", "marts", "serving", "reporting", "ops", "public")
PRIVILEGES = ("select", "insert", "update", "delete", "truncate")


@dataclass(frozen=True)
class TableGrant:
    """`role` may do `privilege` to `table`; on all columns where `columns` is empty."""

    table: str
    role: str
    privilege: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FunctionGrant:
    """`role` may call `function`, which works with its owner's rights where `is_definer`."""

    function: str
    role: str
    is_definer: bool
    comment: str


def list_tables(connection: Connection) -> dict[str, bool]:
    """Every table and view of our schemas, and whether it is a view. Partitions that are attached are not listed."""
    return dict(connection.execute(_TABLES, [list(SCHEMAS)]).fetchall())


def list_functions(connection: Connection) -> list[str]:
    """Every function of our schemas by `schema.name`; one that takes several kinds of arguments is listed each time."""
    return [row[0] for row in connection.execute(_FUNCTIONS, [list(SCHEMAS)]).fetchall()]


def read_table_grants(connection: Connection, roles: Sequence[str]) -> list[TableGrant]:
    """What `roles` may do to tables and views, by table, role and privilege."""
    rows = connection.execute(_TABLE_GRANTS, [list(roles), list(PRIVILEGES), list(SCHEMAS)]).fetchall()
    return [TableGrant(table, role, privilege, tuple(columns)) for table, role, privilege, columns in rows]


def read_function_grants(connection: Connection, roles: Sequence[str]) -> list[FunctionGrant]:
    """Which functions `roles` may call, by function and role."""
    return [
        FunctionGrant(*row) for row in connection.execute(_FUNCTION_GRANTS, [list(roles), list(SCHEMAS)]).fetchall()
    ]


_TABLES = """
    select schemas.nspname || '.' || tables.relname, tables.relkind in ('v', 'm')
    from pg_class as tables
    inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
    where schemas.nspname = any(%s) and tables.relkind in ('r', 'p', 'v', 'm', 'f') and not tables.relispartition
    order by 1
"""
_FUNCTIONS = """
    select schemas.nspname || '.' || functions.proname
    from pg_proc as functions
    inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
    where schemas.nspname = any(%s)
    order by 1
"""
_TABLE_GRANTS = """
    select
        schemas.nspname || '.' || tables.relname,
        roles.role,
        privileges.privilege,
        case
            when has_table_privilege(roles.role, tables.oid, privileges.privilege) then '{}'
            else array(
                select columns.attname::text from pg_attribute as columns
                where
                    columns.attrelid = tables.oid and columns.attnum > 0 and not columns.attisdropped
                    and has_column_privilege(roles.role, tables.oid, columns.attnum, privileges.privilege)
                order by columns.attnum
            )
        end
    from pg_class as tables
    inner join pg_namespace as schemas on schemas.oid = tables.relnamespace
    cross join unnest(%s::text[]) with ordinality as roles (role, role_place)
    cross join unnest(%s::text[]) with ordinality as privileges (privilege, privilege_place)
    where
        schemas.nspname = any(%s) and tables.relkind in ('r', 'p', 'v', 'm', 'f') and not tables.relispartition
        and case
            when privileges.privilege in ('delete', 'truncate')
                then has_table_privilege(roles.role, tables.oid, privileges.privilege)
            else has_any_column_privilege(roles.role, tables.oid, privileges.privilege)
        end
    order by 1, roles.role_place, privileges.privilege_place
"""
_FUNCTION_GRANTS = """
    select
        schemas.nspname || '.' || functions.proname,
        roles.role,
        functions.prosecdef,
        coalesce(obj_description(functions.oid, 'pg_proc'), '')
    from pg_proc as functions
    inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
    cross join unnest(%s::text[]) with ordinality as roles (role, role_place)
    where schemas.nspname = any(%s) and has_function_privilege(roles.role, functions.oid, 'execute')
    order by 1, roles.role_place
"""
