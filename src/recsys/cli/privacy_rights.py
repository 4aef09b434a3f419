"""`recsys privacy access|export|requests|...`: what customers may ask for, carried out at once or filed for the DAG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli.console import Json, StepProgress, hint, lines_aside, read_settings, say, say_json, show_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recsys.privacy.requests import RequestKind
    from recsys.settings import Settings

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER_ID", help="The bank's own id of the customer.")]
RequestId = Annotated[int, typer.Argument(metavar="REQUEST_ID", help="See `recsys privacy requests`.")]
Channel = Annotated[str, typer.Option(help="How the customer asked: letter, branch, app, ...")]
PANEL = "Rights of customers"


def register(app: typer.Typer) -> None:
    """Add the commands to `recsys privacy`."""
    for command in (requests, request, extend, access, export, erase, reapply):
        app.command(rich_help_panel=PANEL)(command)


def requests(
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is late.")] = False, as_json: Json = False
) -> None:
    """What customers asked for, by when, and how far it is; never who."""
    from recsys.io.postgres import open_database
    from recsys.io.privacy_requests import list_requests

    with open_database(read_settings()).connect("officer") as connection:
        rows = list_requests(connection, only_overdue=overdue)
    if as_json:
        say_json(rows)
        return
    show_table(
        ("request", "kind", "state", "received", "due", "completed", "asked by", "channel", ""),
        (
            (
                row["request_id"], row["kind"], row["state"], _day(row["received_at"]), _day(row["due_at"]),
                _day(row["completed_at"]), row["requested_by"], row["channel"], "OVERDUE" if row["is_overdue"] else "",
            )
            for row in rows
        ),
    )  # fmt: skip


def request(
    kind: Annotated[str, typer.Argument(help="access, export or erase; the others are carried out at once.")],
    customer_id: CustomerId,
    channel: Channel = "command line",
    as_json: Json = False,
) -> None:
    """File a request, which the DAG `privacy_requests` carries out within the hour."""
    from recsys.io.postgres import open_database
    from recsys.io.privacy_requests import file_request
    from recsys.steps.privacy_requests import kind_of

    database = open_database(read_settings())
    with database.connect("officer") as connection:
        number = file_request(connection, database.secrets, kind_of(kind), customer_id, channel=channel)
    if as_json:
        say_json({"request_id": number})
        return
    hint(f"Request {number} is filed and due in a month; `recsys privacy requests` shows how far it is.")


def extend(
    request_id: RequestId,
    why: Annotated[str, typer.Option(help="The reason, which the customer must be told within the month.")],
    as_json: Json = False,
) -> None:
    """Two further months for a request that is complex, once (GDPR art. 12(3))."""
    from recsys.io.postgres import open_database
    from recsys.io.privacy_requests import extend_request

    with open_database(read_settings()).connect("officer") as connection:
        until = extend_request(connection, request_id, why)
    if as_json:
        say_json({"request_id": request_id, "due_at": until})
        return
    say(f"Request {request_id} is due on {until:%Y-%m-%d} now. Tell the customer, and why.")


def access(customer_id: CustomerId, channel: Channel = "command line", as_json: Json = False) -> None:
    """Everything that is held about a customer, as a page and as JSON, in the home's folder `privacy`."""
    from recsys.privacy.requests import RequestKind

    _carry_out(RequestKind.ACCESS, customer_id, channel, as_json)


def export(customer_id: CustomerId, channel: Channel = "command line", as_json: Json = False) -> None:
    """What a customer provided, as JSON and CSV to take along (GDPR art. 20)."""
    from recsys.privacy.requests import RequestKind

    _carry_out(RequestKind.EXPORT, customer_id, channel, as_json)


def erase(customer_id: CustomerId, channel: Channel = "command line", as_json: Json = False) -> None:
    """Delete everything that is held about a customer, under all numbers that they have, and write a receipt."""
    from recsys.privacy.requests import RequestKind

    _carry_out(RequestKind.ERASE, customer_id, channel, as_json)


def reapply(as_json: Json = False) -> None:
    """Erase again whom a restored backup brought back; `recsys up` and every load do it by themselves."""
    with lines_aside(as_json):
        done = reapply_restored(read_settings())
    if as_json:
        say_json({"requests": done})
    elif not done:
        say("Nobody who was erased is back.")


def reapply_restored(settings: Settings) -> list[int]:
    """Carry out again what the file of tombstones knows and the database does not; the requests that were filed."""
    from recsys.io.tombstones import tombstones_file

    if not tombstones_file(settings.home).exists():
        return []
    from recsys.io.postgres import open_database, writer_lock
    from recsys.steps.reapply_erasures import reapply_erasures

    database = open_database(settings)
    with database.connect("officer", autocommit=True) as watch, writer_lock(watch):
        done = reapply_erasures(settings, database, StepProgress())
    if done:
        say(f"A restored backup had brought back who was erased: erased again, requests {', '.join(map(str, done))}.")
    return done


def _carry_out(kind: RequestKind, customer_id: str, channel: str, as_json: bool, **parameters: Any) -> None:
    """File a request and carry it out at once, alone in the database."""
    from recsys.io.access_files import privacy_folder
    from recsys.io.postgres import open_database, writer_lock
    from recsys.io.privacy_requests import file_request, read_open_requests
    from recsys.steps.privacy_requests import carry_out

    settings = read_settings()
    database = open_database(settings)
    with lines_aside(as_json), database.connect("officer") as connection:
        number = file_request(connection, database.secrets, kind, customer_id, channel=channel, parameters=parameters)
        # A request that another writer keeps waiting stays filed, and the DAG carries it out.
        connection.commit()
        (filed,) = read_open_requests(connection, database.secrets, number)
        with database.connect("officer", autocommit=True) as watch, writer_lock(watch):
            details = carry_out(settings, database, connection, filed, StepProgress())
    folder = privacy_folder(settings)
    files = [str(folder / str(name)) for name in details.get("files", [])]  # type: ignore[union-attr]
    if as_json:
        say_json({"request_id": number, **details, "files": files})
        return
    _show_rows(details)
    say(f"\nRequest {number} is done:")
    for file in files:
        say(f"  {file}")


def _show_rows(details: Mapping[str, Any]) -> None:
    """Rows by table; of an erasure also those that a law makes the bank keep, and those that prove it."""
    rows = details["rows"]
    if "restricted" not in details:
        show_table(("table", "rows"), rows.items())
        return
    sealed, kept = details["restricted"], details["kept"]
    show_table(
        ("table", "deleted", "sealed", "stays"),
        ((table, n_rows, sealed.get(table), kept.get(table)) for table, n_rows in rows.items()),
    )


def _day(at: Any) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}"
