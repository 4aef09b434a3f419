"""What people see of quarantined rows and decide about them; who it was stands in `ops.audit_log`, values never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from psycopg import sql
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from recsys.errors import NotFoundError
from recsys.io.postgres import Connection

State: TypeAlias = Literal["fixed", "retry", "dropped"]
# Rows that a person may still want to decide about.
UNDECIDED = ("open", "fixed", "retry")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows by their ids, or all that wait and fit every filter."""

    row_ids: Sequence[int] = ()
    table: str | None = None
    rule: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One rejected row with its sealed content; `repaired` is the sealed repair, where there is one."""

    row_id: int
    load_id: str
    table_name: str
    line: int
    column_name: str | None
    rule: str
    reason: str
    state: str
    source: str
    file: str
    content_hash: bytes
    customer_hash: bytes | None
    payload: bytes
    repaired: bytes | None


def list_rows(connection: Connection, run_id: str | None = None) -> list[dict[str, Any]]:
    """Rejected rows of one run, or those since the last full feed, without their content. As role engineer; audited."""
    with connection.cursor(row_factory=dict_row) as cursor:
        if run_id is None:
            return cursor.execute("select * from quarantine.list_current_rows()").fetchall()
        return cursor.execute("select * from quarantine.list_rows(%s)", [run_id]).fetchall()


def read_selected(connection: Connection, selection: Selection) -> list[QuarantinedRow]:
    """The rows of `selection`, sealed. Raises `NotFoundError` where an id, or everything, is missing."""
    parts: list[sql.Composable] = (
        [sql.SQL("rows.row_id = any(%(ids)s)")] if selection.row_ids else [sql.SQL("rows.state = any(%(states)s)")]
    )
    for column, wanted in (("table_name", "table"), ("rule", "rule"), ("column_name", "column")):
        if getattr(selection, wanted) is not None:
            parts.append(sql.SQL("rows.{} = {}").format(sql.Identifier(column), sql.Placeholder(wanted)))
    view = sql.Identifier("quarantine", "row_states" if selection.row_ids else "current_rows")
    query = sql.SQL(_SELECT).format(view, sql.SQL(" and ").join(parts))
    values = {
        "ids": list(selection.row_ids),
        "states": list(UNDECIDED),
        "table": selection.table,
        "rule": selection.rule,
        "column": selection.column,
    }
    with connection.cursor(row_factory=class_row(QuarantinedRow)) as cursor:
        rows = cursor.execute(query, values).fetchall()
    missing = sorted(set(selection.row_ids) - {row.row_id for row in rows})
    if missing or not rows:
        what = f"no row {', '.join(map(str, missing))}" if missing else "no row that waits and is like that"
        raise NotFoundError(f"Quarantine has {what}.", remedy="`recsys quarantine list` shows the rows and their ids.")
    return rows


def write_decisions(
    connection: Connection,
    rows: Sequence[QuarantinedRow],
    state: State,
    who: str,
    *,
    repairs: Mapping[int, bytes] | None = None,
    why: str | None = None,
) -> None:
    """Decide about `rows`. `repairs` are sealed rows by `row_id`; without one an earlier repair of the row stays.

    A decision is of the moment in which it is written, not of its transaction's start: what a run made of a row counts
    only where nobody has decided about it since.
    """
    repairs = repairs or {}
    with connection.cursor() as cursor:
        cursor.executemany(
            _DECIDE,
            [
                (
                    row.table_name,
                    row.content_hash,
                    state,
                    repairs.get(row.row_id),
                    row.customer_hash,
                    why,
                    who,
                )
                for row in rows
            ],
        )


def write_audit(connection: Connection, action: str, rows: Sequence[QuarantinedRow], who: str, **details: Any) -> None:
    """Write down who did what with which rows."""
    subject = f"quarantine.{rows[0].table_name}" if len({row.table_name for row in rows}) == 1 else "quarantine"
    connection.execute(
        "insert into ops.audit_log (action, subject, details) values (%s, %s, %s)",
        [action, subject, Jsonb({"asked_by": who, "row_ids": [row.row_id for row in rows], **details})],
    )


_SELECT = """
    select
        rows.row_id, rows.load_id, rows.table_name, rows.line, rows.column_name, rows.rule, rows.reason, rows.state,
        rows.source, rows.file, rows.content_hash, rows.customer_hash, rows.payload, decisions.payload as repaired
    from {} as rows
    left join quarantine.decisions
        on rows.table_name = decisions.table_name and rows.content_hash = decisions.content_hash
    where {}
    order by rows.row_id
"""
_DECIDE = """
    insert into quarantine.decisions (
        table_name, content_hash, state, payload, customer_hash, why, decided_by, decided_at
    )
    values (%s, %s, %s, %s, %s, %s, %s, clock_timestamp())
    on conflict (table_name, content_hash) do update
    set state = excluded.state, payload = coalesce(excluded.payload, decisions.payload), why = excluded.why,
        customer_hash = coalesce(decisions.customer_hash, excluded.customer_hash),
        decided_by = excluded.decided_by, decided_at = excluded.decided_at
"""
