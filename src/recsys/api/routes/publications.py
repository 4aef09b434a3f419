"""The publication that is read."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from recsys.api.access import require
from recsys.api.caching import NOT_MODIFIED, cached
from recsys.api.dependencies import Caller, Db
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.io.serving import read_current

router = APIRouter(prefix="/v1", tags=["publications"])


class CurrentPublication(BaseModel):
    """What every answer is taken from, until the next is published."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "publication_id": 7,
                    "as_of": "2026-06-30",
                    "published_at": "2026-07-01T04:12:09Z",
                    "valid_until": "2026-07-08T04:12:09Z",
                    "is_valid": True,
                    "model_name": "blend",
                    "model_version": "12",
                    "rules_version": "3f0c9a1d",
                    "n_persons": 11873,
                    "n_rows": 58211,
                }
            ]
        }
    )

    publication_id: int
    as_of: date = Field(description="The day whose data it rests on.")
    published_at: datetime
    valid_until: datetime
    is_valid: bool = Field(description="False: its time is over, and nobody is shown anything.")
    model_name: str
    model_version: str
    rules_version: str
    n_persons: int = Field(description="Persons who were ranked.")
    n_rows: int = Field(description="Recommendations of all of them.")


@router.get("/publications/current", response_model=CurrentPublication, responses=NOT_MODIFIED)
def current_publication(request: Request, caller: Caller, connection: Db) -> Response:
    """The publication that is read now; 404 before the first."""
    require(caller, Scope.ADVISOR, Scope.SYSTEM, Scope.ADMIN)
    current = read_current(connection)
    if current is None:
        raise nothing_published()
    return cached(request, CurrentPublication(**current))


def nothing_published() -> Problem:
    """There is no publication to ask about."""
    return Problem(HTTPStatus.NOT_FOUND, "nothing-published", "Nothing was published yet: `recsys run` publishes.")
