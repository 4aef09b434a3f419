"""`recsys clusters`: spellings of one value, as a run proposes them, and what a person says to them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from recsys.cleaning.value_clusters import Method

app = typer.Typer(
    help="Spellings of one value in free-text categories: look at proposals, accept or reject them.",
    no_args_is_help=True,
)


class State(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class MethodName(StrEnum):
    """How spellings were found to be one value, from strict to lax."""

    FINGERPRINT = "fingerprint"
    NGRAM_FINGERPRINT = "ngram_fingerprint"
    NEAREST_NEIGHBOUR = "nearest_neighbour"


ColumnName = Annotated[str, typer.Option("--column", help="Such as `occupation` or `transactions.category`.")]
Value = Annotated[str | None, typer.Argument(help="The value, exactly as `list` shows it.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All values of the column that are still open.")]
OfMethod = Annotated[MethodName | None, typer.Option("--method", help="With --all: only those found this way.")]


@app.command("list")
def show(
    column: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Values shown per column, those with most rows first.")] = 50,
    as_json: Json = False,
) -> None:
    """How many values of each column were found by which method, and the values with what they become."""
    from recsys.io.postgres import open_database
    from recsys.io.value_clusters import count_clusters, read_clusters

    place = _place(column) if column else None
    with open_database(read_settings()).connect("engineer") as connection:
        counts = count_clusters(connection)
        clusters = read_clusters(connection, place, state)
    if as_json:
        say_json(clusters)
        return
    show_table(
        ["column", "method", "state", "values", "rows"],
        [
            (_column_of(row), row["method"], row["state"], row["n_values"], row["n_rows"])
            for row in counts
            if place is None or _column_of(row) == ".".join(place)
        ],
    )
    for name in dict.fromkeys(_column_of(row) for row in clusters):
        _show_values(name, [row for row in clusters if _column_of(row) == name], limit)


@app.command()
def accept(
    column: ColumnName, value: Value = None, every: All = False, method: OfMethod = None, as_json: Json = False
) -> None:
    """Let a value become its canonical form, from the next run on; or all proposals of a column."""
    _decide(State.ACCEPTED, column, value, every, method, as_json)


@app.command()
def reject(
    column: ColumnName, value: Value = None, every: All = False, method: OfMethod = None, as_json: Json = False
) -> None:
    """Let a value stand for itself: it is not proposed again, and what was accepted ends with the next run.

    A town, which is rewritten as it lands, comes back when it is delivered again.
    """
    _decide(State.REJECTED, column, value, every, method, as_json)


@app.command()
def undo(
    column: ColumnName, value: Value = None, every: All = False, method: OfMethod = None, as_json: Json = False
) -> None:
    """Take a decision back: the value is a proposal again, which no rule accepts."""
    _decide(State.PROPOSED, column, value, every, method, as_json)


def _decide(
    state: State, column: str, value: str | None, every: bool, method: MethodName | None, as_json: bool
) -> None:
    from getpass import getuser

    from recsys.errors import NotFoundError
    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.value_clusters import decide_clusters

    if every == (value is not None) or (method and not every):
        raise NotFoundError("Say either a value or --all.", remedy="--method goes with --all.")
    place = _place(column)
    # Under the writer's lock, so that no run sees half of it.
    with open_database(read_settings()).connect("engineer") as connection, writer_lock(connection):
        changed = decide_clusters(connection, state, getuser(), place, value, _method(method))
    if value is not None and not changed:
        raise NotFoundError(
            f"{'.'.join(place)} has no such value that could become {state}.",
            remedy=f"`recsys clusters list --column {'.'.join(place)}` shows what is proposed and decided.",
        )
    if as_json:
        say_json(changed)
        return
    n_rows = sum(row["n_rows"] for row in changed)
    say(f"{len(changed):,} values of {'.'.join(place)} are {state} now, in {n_rows:,} rows. The next run follows.")


def _place(column: str) -> tuple[str, str]:
    """The table and the column that `column` names, with or without its table."""
    from recsys.errors import NotFoundError
    from recsys.feed.contract import CLUSTERED

    found = [place for place in CLUSTERED if column in (place[1], ".".join(place))]
    if len(found) != 1:
        names = ", ".join(".".join(place) for place in CLUSTERED)
        raise NotFoundError(f"No column whose values are clustered is called {column}.", remedy=f"There are {names}.")
    return found[0]


def _method(name: MethodName | None) -> Method | None:
    from recsys.cleaning.value_clusters import Method

    return None if name is None else Method(name.value)


def _column_of(row: dict[str, Any]) -> str:
    return f"{row['table_name']}.{row['column_name']}"


def _show_values(name: str, rows: list[dict[str, Any]], limit: int) -> None:
    say(f"\n{name}")
    show_table(
        ["value", "becomes", "method", "similarity", "rows", "rows of it", "state", "decided by"],
        [
            (
                repr(row["value"]),
                repr(row["canonical"]),
                row["method"],
                f"{row['similarity']:.2f}",
                row["n_rows"],
                row["n_canonical_rows"],
                row["state"],
                row["decided_by"],
            )
            for row in rows[:limit]
        ],
    )
    if len(rows) > limit:
        say(f"and {len(rows) - limit:,} more: --limit shows more of them")
