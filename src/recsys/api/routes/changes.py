"""Whose list is another than it was: for systems that keep a copy."""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from recsys.api.access import require
from recsys.api.caching import NOT_MODIFIED, cached
from recsys.api.dependencies import Caller, Db
from recsys.api.identifiers import BankId
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.api.routes.publications import nothing_published
from recsys.io.changes import begin_reading, count_erased, read_changes, read_published_at
from recsys.io.postgres import Connection
from recsys.io.serving import read_current

router = APIRouter(prefix="/v1", tags=["publications"])

_MOST_LOOKED_AT = 5_000
_LARGEST_ID = 2**63 - 1


class Change(BaseModel):
    """One customer whose list differs."""

    customer_id: str
    change: Literal["appeared", "changed", "gone"] = Field(
        description="`changed`: other products, or another order. `gone`: nothing may be shown any more, for whatever "
        "reason."
    )


class Changes(BaseModel):
    """One page of customers, by id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": 6,
                    "publication_id": 7,
                    "changes": [
                        {"customer_id": "C000042", "change": "changed"},
                        {"customer_id": "C000057", "change": "gone"},
                    ],
                    "n_erased": 0,
                    "next_cursor": "WzYsNywiQzAwMDA1NyJd",
                }
            ]
        }
    )

    since: int
    publication_id: int = Field(description="What is read now: ask with it as `since` the next time.")
    changes: list[Change] = Field(description="Of the customers that this page looked at; often fewer, also none.")
    n_erased: int = Field(
        description="Customers erased since that day. Nothing is left by which they could be named: where it is not 0, "
        "ask with `since=0`, and drop every customer who is not among the answers."
    )
    next_cursor: str | None = Field(description="Null: this was the last page.")


@router.get("/changes", response_model=Changes, responses=NOT_MODIFIED)
def changes(
    request: Request,
    caller: Caller,
    connection: Db,
    since: Annotated[
        int,
        Query(ge=0, le=_LARGEST_ID, description="The publication that the copy was made of; 0: there is none yet."),
    ],
    cursor: Annotated[str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_LOOKED_AT, description="Customers that a page looks at.")] = 1_000,
) -> Response:
    """Whose list appeared, changed or went since a publication, page by page until `next_cursor` is null.

    Compared with what may be shown now: objections, withdrawn consents and withdrawn products since then are among the
    changes, also where no other publication was made. Answers 410 for a publication that is not kept and for a cursor
    of no page, and 409 where another was published since the first page.
    """
    require(caller, Scope.SYSTEM)
    begin_reading(connection)
    current = read_current(connection)
    if current is None:
        raise nothing_published()
    publication_id: int = current["publication_id"]
    after = "" if cursor is None else _position(cursor, since, publication_id)
    n_erased = _erased_since(connection, since)
    page = read_changes(connection, since, after, limit)
    answer = Changes(
        since=since,
        publication_id=publication_id,
        changes=[
            Change.model_validate({"customer_id": customer_id, "change": change})
            for customer_id, change in page.changes
        ],
        n_erased=n_erased,
        next_cursor=None if page.last is None else _cursor(since, publication_id, page.last),
    )
    return cached(request, answer)


def _erased_since(connection: Connection, since: int) -> int:
    if since == 0:
        return 0
    published_at = read_published_at(connection, since)
    if published_at is None:
        raise Problem(HTTPStatus.GONE, "publication-not-kept", "That publication is not kept: ask with `since=0`.")
    return count_erased(connection, published_at)


_CURSOR: TypeAdapter[tuple[int, int, BankId]] = TypeAdapter(tuple[int, int, BankId])


def _cursor(since: int, publication_id: int, after: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([since, publication_id, after]).encode()).decode()


def _position(cursor: str, since: int, publication_id: int) -> str:
    try:
        of_since, of_publication, after = _CURSOR.validate_json(base64.urlsafe_b64decode(cursor))
    except (ValueError, ValidationError):
        raise _not_ours() from None
    if of_since != since:
        raise _not_ours()
    if of_publication != publication_id:
        raise Problem(
            HTTPStatus.CONFLICT, "publication-changed", "Another publication is read since the first page: begin again."
        )
    return after


def _not_ours() -> Problem:
    return Problem(
        HTTPStatus.GONE,
        "no-such-page",
        "`cursor` is not the `next_cursor` of a page of this `since`: leave it out to begin.",
    )
