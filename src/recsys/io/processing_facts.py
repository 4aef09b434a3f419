"""What the record of processing and the impact summary say of an installation: who may read what, and its counts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from psycopg.rows import dict_row

from recsys.io.grants import read_function_grants, read_table_grants
from recsys.io.postgres import Connection
from recsys.privacy.processing_record import ROLES, Access, Facts

# Zones whose tables dbt makes anew: what may be read there is granted for all tables that will ever be made.
_BUILT_ZONES = ("staging", "intermediate", "marts")


def read_access(connection: Connection) -> list[Access]:
    """What each role may read, as the grants of the database have it."""
    tables: dict[str, list[str]] = defaultdict(list)
    for grant in read_table_grants(connection, list(ROLES)):
        zone = grant.table.partition(".")[0]
        if grant.privilege == "select" and zone not in _BUILT_ZONES:
            tables[grant.role].append(f"{grant.table} (some columns)" if grant.columns else grant.table)
    for zone, role in _built_zones(connection):
        tables[role].append(f"{zone}.all tables")
    functions: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for function in read_function_grants(connection, list(ROLES)):
        if function.is_definer:
            functions[function.role].append((function.function, function.comment))
    return [Access(role, sorted(tables[role]), sorted(set(functions[role]))) for role in ROLES]


def read_facts(connection: Connection) -> Facts:
    """Counts of the load that stands and of what was published of it; nothing of it tells of a single person."""
    load = _first(
        connection,
        "select * from ops.feeds where state = 'anonymised' order by anonymised_at desc limit 1",
    )
    if load is None:
        return Facts()
    publication = _first(
        connection,
        """
        select publications.* from serving.publications
        inner join serving.current_publication using (publication_id)
        """,
    )
    scan = _first(connection, "select * from ops.privacy_scans order by finished_at desc limit 1")
    kept = load["table_counts"].get("customers", {}).get("kept", 0)
    counts = [
        ("Data until", f"{load['as_of']}"),
        ("Rows about customers in the last load", f"{kept:,}"),
        ("Persons with recommendations", f"{publication['n_persons']:,}" if publication else "none yet"),
        ("Last search for personal data", _told(scan)),
    ]
    return Facts(load["legal_basis"], load["name"], tuple(counts), load["redactions"])


def _told(scan: dict[str, Any] | None) -> str:
    if scan is None:
        return "none yet"
    sample = "everything" if scan["sample_rows"] is None else "a sample"
    found = f"{scan['n_findings']:,} findings" if scan["n_findings"] else "no findings"
    return f"{scan['finished_at']:%Y-%m-%d}, {sample} ({scan['n_texts']:,} texts): {found}"


def _built_zones(connection: Connection) -> list[tuple[str, str]]:
    return connection.execute(
        """
        select schemas.nspname, grantees.rolname
        from pg_default_acl as defaults
        inner join pg_namespace as schemas on schemas.oid = defaults.defaclnamespace
        cross join aclexplode(defaults.defaclacl) as granted
        inner join pg_roles as grantees on grantees.oid = granted.grantee
        where defaults.defaclobjtype = 'r' and granted.privilege_type = 'SELECT'
            and schemas.nspname = any(%(zones)s) and grantees.rolname = any(%(roles)s)
        union
        select schemas.nspname, owners.rolname
        from pg_namespace as schemas
        inner join pg_roles as owners on owners.oid = schemas.nspowner
        where schemas.nspname = any(%(zones)s) and owners.rolname = any(%(roles)s)
        order by 1, 2
        """,
        {"zones": list(_BUILT_ZONES), "roles": list(ROLES)},
    ).fetchall()


def _first(connection: Connection, query: str) -> dict[str, Any] | None:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode()).fetchone()
