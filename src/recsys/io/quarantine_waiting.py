"""Rows in quarantine that wait: what a run takes in of them, and what it notes of each until its data is committed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from recsys.io.postgres import Connection

READ_ROWS = 1 << 13


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A rejected row that is to be tried again. `payload` is the repaired row, where there is one."""

    row_id: int
    content_hash: bytes
    column_name: str | None
    rule: str
    source: str
    version: str
    payload: bytes
    decision: str | None


def read_waiting(connection: Connection, run_id: str, table_name: str, *, is_delta: bool) -> Iterator[list[WaitingRow]]:
    """Rows that the feed of `run_id` takes in beside its own, in batches of one source each.

    In a delta: what people repaired or want tried again, and what named something that has perhaps come since. In a
    full feed, which brings everything again: repairs, also earlier ones, of the bad rows that it brought.
    """
    query = _OF_DELTA if is_delta else _OF_FULL
    # A plain cursor holds the rows; it is read to its end before outcomes and rows are written on this connection.
    with connection.cursor(row_factory=class_row(WaitingRow)) as cursor:
        cursor.execute(query, {"run_id": run_id, "table": table_name})
        batch: list[WaitingRow] = []
        for row in cursor:
            if batch and (len(batch) >= READ_ROWS or batch[-1].source != row.source):
                yield batch
                batch = []
            batch.append(row)
        if batch:
            yield batch


def read_waiting_keys(
    connection: Connection, table_name: str, sources: Sequence[str], *, is_delta: bool
) -> list[tuple[bytes, str, bytes, bytes | None]]:
    """(content hash, version, payload, repair) of all rows of `sources` that a good row with their key may replace.

    In a full feed, in which everything comes again, these are also the repairs that have flowed in before.
    """
    rows: list[Any] = connection.execute(
        """
        select rows.content_hash, rows.version, rows.payload, decisions.payload
        from quarantine.current_rows as rows
        left join quarantine.decisions
            on rows.table_name = decisions.table_name and rows.content_hash = decisions.content_hash
        where rows.table_name = %s and rows.source = any(%s) and rows.state = any(%s)
            and (rows.rule <> 'duplicate_key' or decisions.payload is not null)
        """,
        [table_name, list(sources), ["open", "fixed", "retry", *([] if is_delta else ["released"])]],
    ).fetchall()
    return rows


def note_outcomes(
    connection: Connection, run_id: str, table_name: str, contents: Collection[bytes], state: str
) -> None:
    """Note what a run made of rows that waited; see `commit_outcomes`."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into quarantine.outcomes (run_id, table_name, content_hash, state) values (%s, %s, %s, %s)
            on conflict (run_id, table_name, content_hash) do update set state = excluded.state
            """,
            [(run_id, table_name, content, state) for content in sorted(contents)],
        )


def note_replaced(connection: Connection, run_id: str, table_name: str, source: str, files: list[str] | None) -> None:
    """Note that open rows of `files`, which were delivered anew, are gone from them; None: of all that there is."""
    connection.execute(
        """
        insert into quarantine.outcomes (run_id, table_name, content_hash, state)
        select %(run_id)s, rows.table_name, rows.content_hash, 'superseded' from quarantine.current_rows as rows
        where rows.table_name = %(table)s and rows.source = %(source)s and rows.state = 'open'
            and rows.load_id <> %(run_id)s and (%(files)s::text [] is null or rows.file = any(%(files)s))
        on conflict (run_id, table_name, content_hash) do nothing
        """,
        {"run_id": run_id, "table": table_name, "source": source, "files": files},
    )


def note_new_reason(
    connection: Connection, run_id: str, row: WaitingRow, column: str | None, rule: str, reason: str
) -> None:
    """The row was tried again and breaks another rule now."""
    connection.execute(
        """
        insert into quarantine.rows (
            load_id, table_name, line, column_name, rule, reason, customer_hash, payload, source, file, version,
            content_hash
        )
        select
            %s, table_name, line, %s, %s, %s, customer_hash, payload, source, file, version, content_hash
        from quarantine.rows where row_id = %s
        """,
        [run_id, column, rule, reason, row.row_id],
    )


def commit_outcomes(connection: Connection, run_id: str) -> None:
    """Let what the run noted count, in the transaction that brings its rows to `raw`.

    Whatever people have decided since the feed was taken in stands, and the next run sees to it.
    """
    connection.execute(
        """
        insert into quarantine.decisions (
            table_name, content_hash, state, customer_hash, decided_by, decided_at, released_run_id
        )
        select
            outcomes.table_name, outcomes.content_hash, outcomes.state,
            (
                select rows.customer_hash from quarantine.rows
                where rows.table_name = outcomes.table_name and rows.content_hash = outcomes.content_hash
                order by rows.row_id desc limit 1
            ),
            'run', outcomes.noted_at, outcomes.run_id
        from quarantine.outcomes where outcomes.run_id = %s
        on conflict (table_name, content_hash) do update
        set state = excluded.state, decided_at = excluded.decided_at, released_run_id = excluded.released_run_id
        where decisions.decided_at <= excluded.decided_at
        """,
        [run_id],
    )


_OF_DELTA = """
    select
        rows.row_id, rows.content_hash, rows.column_name, rows.rule, rows.source, rows.version,
        coalesce(decisions.payload, rows.payload) as payload, decisions.state as decision
    from quarantine.current_rows as rows
    left join quarantine.decisions
        on rows.table_name = decisions.table_name and rows.content_hash = decisions.content_hash
    where rows.table_name = %(table)s
        and (
            decisions.state in ('fixed', 'retry')
            or decisions.state is null and rows.rule = 'unknown_reference' and rows.load_id <> %(run_id)s
        )
    order by rows.source, rows.row_id
"""
_OF_FULL = """
    select distinct on (rows.source, rows.content_hash)
        rows.row_id, rows.content_hash, rows.column_name, rows.rule, rows.source, rows.version,
        coalesce(decisions.payload, rows.payload) as payload, decisions.state as decision
    from quarantine.rows
    inner join quarantine.decisions
        on rows.table_name = decisions.table_name and rows.content_hash = decisions.content_hash
    where rows.load_id = %(run_id)s and rows.table_name = %(table)s
        and decisions.state in ('fixed', 'retry', 'released')
    order by rows.source, rows.content_hash, rows.row_id
"""
