"""Step `privacy_requests`: carry out what customers asked for and nobody has carried out yet, and warn of what is late.

Whose requests they are stands sealed in the database; what this returns and logs are counts and numbers of requests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import structlog

from recsys.errors import NotFoundError, RecsysError
from recsys.io.filed_requests import seal_filed_requests
from recsys.io.postgres import Connection, Database
from recsys.io.privacy_requests import OpenRequest, carrying_out, list_requests, read_open_requests
from recsys.privacy.requests import RequestKind
from recsys.settings import Settings
from recsys.steps.access_person import access_person
from recsys.steps.context import StepContext
from recsys.steps.crashes import without_values
from recsys.steps.erase_person import erase_person
from recsys.types import JSON, Progress, StepResult

log = structlog.get_logger()
CarryOut = Callable[[Settings, Database, Connection, OpenRequest, Progress], Mapping[str, JSON]]


def privacy_requests(context: StepContext) -> StepResult:
    """Requests that were filed, or cut off, one by one; one that fails leaves the others their turn."""
    with context.connect() as connection:
        seal_filed_requests(connection, context.database.secrets)
        waiting = read_open_requests(connection, context.database.secrets)
        connection.commit()
        outcomes: Counter[str] = Counter()
        for number, request in enumerate(waiting):
            outcomes[_outcome(context, connection, request)] += 1
            context.progress(number + 1, len(waiting), "requests")
        overdue = [row["request_id"] for row in list_requests(connection, only_overdue=True)]
    if overdue:
        log.warning("privacy requests are overdue", requests=overdue)
    if outcomes["failed"]:
        raise RecsysError(
            f"{outcomes['failed']} of {len(waiting)} privacy requests failed.",
            remedy="`recsys privacy requests` lists them; they are tried again by the next run.",
        )
    return StepResult(outcomes["done"], {**outcomes, "overdue": list(overdue)})


def carry_out(
    settings: Settings, database: Database, connection: Connection, request: OpenRequest, progress: Progress
) -> dict[str, JSON]:
    """Do what one request asks for, and return counts. The caller holds the writer's lock."""
    try:
        with carrying_out(connection, request.request_id) as details:
            details |= CARRIED_OUT[request.kind](settings, database, connection, request, progress)
        return details
    except Exception as error:
        failure = without_values(error, f"{request.kind} of a person", f"request {request.request_id}")
    # Out here nothing is chained to the first error, whose message may quote a row.
    raise failure from None


def _outcome(context: StepContext, connection: Connection, request: OpenRequest) -> str:
    if request.kind not in CARRIED_OUT:
        return "waiting"
    try:
        carry_out(context.settings, context.database, connection, request, context.progress)
    except NotFoundError:
        return "refused"
    except RecsysError as error:
        log.error("privacy request failed", request=request.request_id, error=type(error).__name__)
        return "failed"
    return "done"


def _access(
    settings: Settings, database: Database, connection: Connection, request: OpenRequest, progress: Progress
) -> Mapping[str, JSON]:
    _, counts = access_person(
        settings, database, connection, request.request_id, request.kind, request.customer_id, progress
    )
    return counts


def _erase(
    settings: Settings, database: Database, connection: Connection, request: OpenRequest, progress: Progress
) -> Mapping[str, JSON]:
    _, counts = erase_person(settings, database, connection, request, progress)
    return counts


# Each kind's function; kinds that are missing are carried out by their own commands.
CARRIED_OUT: dict[RequestKind, CarryOut] = {
    RequestKind.ACCESS: _access,
    RequestKind.EXPORT: _access,
    RequestKind.ERASE: _erase,
}


def kind_of(text: str) -> RequestKind:
    """The kind that is called so. Raises `RecsysError` for one that cannot be filed for later."""
    filed = [kind.value for kind in CARRIED_OUT]
    if text not in filed:
        raise RecsysError(f"{text!r} cannot be filed for later.", remedy=f"Say {', '.join(filed)}.")
    return RequestKind(text)
