"""`recsys quarantine`: rows that broke the feed contract, seen, repaired, tried again or dropped."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.cleaning.rows import Reject
    from recsys.io.quarantine_decisions import QuarantinedRow, Selection

app = typer.Typer(
    no_args_is_help=True,
    help="Rows that broke the feed contract: look at them, repair them, try them again or drop them.",
)
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ROW_ID]...", help="Rows, by their ids.")]
TableName = Annotated[str | None, typer.Option("--table", help="Only rows of this table of the feed contract.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Only rows that broke this rule.")]
ColumnName = Annotated[str | None, typer.Option("--column", help="Only rows with the fault in this column.")]
_SHOWN = ("row_id", "table_name", "source", "file", "line", "column_name", "rule", "reason", "state")


@app.command("list")
def list_rows(
    run_id: Annotated[
        str | None, typer.Option(help="What this run rejected; by default all that waits since the last full feed.")
    ] = None,
    table: TableName = None,
    rule: Rule = None,
    column: ColumnName = None,
    state: Annotated[
        str | None,
        typer.Option(help="open, fixed, retry, dropped, released, superseded or all [open, fixed and retry; all]."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows to show; all are counted.")] = 50,
    as_json: Json = False,
) -> None:
    """Counts by table and rule, then the rows: where each is and what is wrong, never its values. Audited."""
    from recsys.io.postgres import open_database
    from recsys.io.quarantine_decisions import UNDECIDED
    from recsys.io.quarantine_decisions import list_rows as read_rows

    with open_database(read_settings()).connect("engineer") as connection:
        found = read_rows(connection, run_id)
    states = {state} if state not in (None, "all") else set(UNDECIDED) if state is None and run_id is None else None
    wanted = {"table_name": table, "rule": rule, "column_name": column}
    rows = [
        row
        for row in found
        if all(value is None or row[name] == value for name, value in wanted.items())
        and (states is None or row["state"] in states)
    ]
    counts = Counter((row["table_name"], row["column_name"] or "", row["rule"], row["state"]) for row in rows)
    if as_json:
        names = ("table_name", "column_name", "rule", "state")
        listed = [{**dict(zip(names, key, strict=True)), "rows": n} for key, n in sorted(counts.items())]
        say_json({"counts": listed, "rows": rows[:limit]})
        return
    if not rows:
        say("No row is like that.")
        return
    show_table(["table", "column", "rule", "state", "rows"], [(*key, n) for key, n in sorted(counts.items())])
    say()
    shown = [tuple(str(row[name]) if name == "row_id" else row[name] for name in _SHOWN) for row in rows[:limit]]
    show_table(["id", "table", "source", "file", "line", "column", "rule", "reason", "state"], shown)
    if len(rows) > limit:
        say(f"... and {len(rows) - limit:,} more; --limit shows them.")


@app.command()
def show(
    row_id: Annotated[int, typer.Argument(help="The row, by its id in `recsys quarantine list`.")],
    as_json: Json = False,
) -> None:
    """The values of one row, with the fault marked. Needs this installation's key; who looked is written down."""
    from getpass import getuser

    from recsys.io.postgres import open_database
    from recsys.io.quarantine import unsealed_row
    from recsys.io.quarantine_decisions import Selection, read_selected, write_audit

    database = open_database(read_settings())
    key = database.secrets.key("quarantine_key")
    with database.connect("ingest") as connection:
        (row,) = read_selected(connection, Selection([row_id]))
        values = unsealed_row(row.payload, key)
        repaired = unsealed_row(row.repaired, key) if row.repaired is not None else None
        write_audit(connection, "show_quarantined_row", [row], getuser())
    if as_json:
        say_json({**_facts(row), "values": values, "repaired": repaired})
        return
    say(f"Row {row.row_id} of {row.table_name}, {row.file or row.table_name} line {row.line}, run {row.load_id}.")
    say(f"{row.column_name or 'row'}: rule {row.rule}, {row.reason}. State: {row.state}.\n")
    names = [*values, *(name for name in repaired or {} if name not in values)]
    lines = [
        (">" if name == row.column_name else "", name, values.get(name), *([repaired.get(name)] if repaired else []))
        for name in names
    ]
    show_table(
        ["", "column", "value", *(["repaired"] if repaired else [])], [tuple(map(_text, line)) for line in lines]
    )


@app.command()
def fix(
    changes: Annotated[list[str], typer.Option("--set", metavar="COLUMN=VALUE", help="The right value; repeatable.")],
    row_ids: Ids = None,
    table: TableName = None,
    rule: Rule = None,
    column: ColumnName = None,
    as_json: Json = False,
) -> None:
    """Set values in rows, checked at once against the contract; they flow in with the next run. Audited."""
    from datetime import UTC, datetime
    from getpass import getuser

    from recsys.feed.contract import TABLE_BY_NAME
    from recsys.io.feeds import read_last_as_of
    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.quarantine import sealed_row
    from recsys.io.quarantine_decisions import read_selected, write_audit, write_decisions
    from recsys.io.quarantine_repairs import check_repaired, repaired_rows

    values = _changes(changes)
    selection = _selection(row_ids, table, rule, column)
    database = open_database(read_settings())
    key = database.secrets.key("quarantine_key")
    # Under the writer's lock: a run that takes rows in sees all of a decision or nothing of it.
    with database.connect("ingest") as connection, writer_lock(connection):
        rows = read_selected(connection, selection)
        latest = read_last_as_of(connection) or datetime.now(UTC).date()
        repaired = dict(zip((row.row_id for row in rows), repaired_rows(rows, values, key), strict=True))
        still: dict[int, Reject] = {}
        for name in dict.fromkeys(row.table_name for row in rows):
            ids = [row.row_id for row in rows if row.table_name == name]
            found = check_repaired(connection, TABLE_BY_NAME[name], [repaired[row_id] for row_id in ids], latest)
            still |= {ids[place]: reject for place, reject in found.items()}
        sealed = {row_id: sealed_row(row, key) for row_id, row in repaired.items()}
        write_decisions(connection, rows, "fixed", getuser(), repairs=sealed)
        write_audit(connection, "fix_quarantined_rows", rows, getuser(), columns=sorted(values))
    if as_json:
        broken = [
            {"row_id": row_id, "column_name": reject.column, "rule": reject.rule, "reason": reject.reason}
            for row_id, reject in sorted(still.items())
        ]
        say_json({"fixed": [row.row_id for row in rows], "still_broken": broken})
        return
    say(f"{_rows(len(rows))} repaired; {len(rows) - len(still):,} will flow in with the next run.")
    if still:
        say("As things stand, the next run would still refuse:")
        broken_lines = [
            (str(row_id), reject.column, reject.rule, reject.reason) for row_id, reject in sorted(still.items())[:20]
        ]
        show_table(["id", "column", "rule", "reason"], broken_lines)
        if len(still) > len(broken_lines):
            say(f"... and {len(still) - len(broken_lines):,} more.")


@app.command()
def retry(
    row_ids: Ids = None, table: TableName = None, rule: Rule = None, column: ColumnName = None, as_json: Json = False
) -> None:
    """Let the next run try rows again, repaired or as they are; also rows that were dropped. Audited."""
    from getpass import getuser

    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.quarantine_decisions import read_selected, write_audit, write_decisions

    selection = _selection(row_ids, table, rule, column)
    with open_database(read_settings()).connect("ingest") as connection, writer_lock(connection):
        rows = read_selected(connection, selection)
        write_decisions(connection, rows, "retry", getuser())
        write_audit(connection, "retry_quarantined_rows", rows, getuser())
    _say_done(rows, "retry", "will be tried again by the next run.", as_json=as_json)


@app.command()
def drop(
    why: Annotated[str, typer.Option(help="Why, for whoever asks later; kept with the row, inside the boundary.")],
    row_ids: Ids = None,
    table: TableName = None,
    rule: Rule = None,
    column: ColumnName = None,
    as_json: Json = False,
) -> None:
    """Close rows for good: they are counted when they come again, but wait for nobody. Audited."""
    from getpass import getuser

    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.quarantine_decisions import read_selected, write_audit, write_decisions

    selection = _selection(row_ids, table, rule, column)
    with open_database(read_settings()).connect("ingest") as connection, writer_lock(connection):
        rows = read_selected(connection, selection)
        write_decisions(connection, rows, "dropped", getuser(), why=why)
        write_audit(connection, "drop_quarantined_rows", rows, getuser())
    _say_done(rows, "dropped", "dropped.", as_json=as_json)


def _selection(row_ids: list[int] | None, table: str | None, rule: str | None, column: str | None) -> Selection:
    from recsys.errors import RunError
    from recsys.feed.contract import TABLE_BY_NAME
    from recsys.io.quarantine_decisions import Selection

    if not row_ids and table is None and rule is None and column is None:
        raise RunError(
            "No row was named.", remedy="Give ids from `recsys quarantine list`, or --table, --rule and --column."
        )
    if table is not None and table not in TABLE_BY_NAME:
        raise RunError(f"There is no table {table}.", remedy=f"The tables are {', '.join(TABLE_BY_NAME)}.")
    return Selection(row_ids or (), table, rule, column)


def _changes(texts: list[str]) -> dict[str, str | None]:
    from recsys.errors import RunError

    changes: dict[str, str | None] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            # The text may be a customer's value, so it is not quoted.
            raise RunError("A --set has no column.", remedy="Write --set COLUMN=VALUE; nothing behind = is no value.")
        changes[name.strip()] = value or None
    return changes


def _facts(row: QuarantinedRow) -> dict[str, Any]:
    return {
        "row_id": row.row_id,
        "run_id": row.load_id,
        "table_name": row.table_name,
        "source": row.source,
        "file": row.file,
        "line": row.line,
        "column_name": row.column_name,
        "rule": row.rule,
        "reason": row.reason,
        "state": row.state,
    }


def _say_done(rows: list[QuarantinedRow], state: str, what: str, *, as_json: bool) -> None:
    if as_json:
        say_json({state: [row.row_id for row in rows]})
    else:
        say(f"{_rows(len(rows))} {what}")


def _rows(n_rows: int) -> str:
    return "1 row" if n_rows == 1 else f"{n_rows:,} rows"


def _text(value: object) -> str:
    return "" if value is None else str(value)
