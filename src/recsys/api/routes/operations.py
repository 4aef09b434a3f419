"""Whether the process lives, whether it can answer, and what it did."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from recsys.api.access import require
from recsys.api.dependencies import Caller, Db, count_address
from recsys.api.metrics import Metrics
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.io.publications import is_published

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """How the process is."""

    status: str = Field(examples=["alive"])


@router.get("/healthz")
async def healthz() -> Health:
    """The process lives; nothing else is asked."""
    # Not in a thread: it has to answer while all of them wait for the database.
    return Health(status="alive")


@router.get("/readyz", dependencies=[Depends(count_address)])
def readyz(connection: Db) -> Health:
    """The database answers, and something is published. Otherwise 503."""
    if not is_published(connection):
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "nothing-published",
            "Nothing was published yet; `recsys run` publishes.",
            headers={"Retry-After": "60"},
        )
    return Health(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST.partition(";")[0]: {"schema": {"type": "string"}}}}},
)
def metrics(caller: Caller, request: Request) -> Response:
    """What was asked and how long it took, for Prometheus, whose scrape configuration can fetch a token (`oauth2`).

    An address is no proof: behind a proxy on the same machine, everybody comes from the loopback.
    """
    require(caller, Scope.ADMIN, Scope.SYSTEM)
    measures: Metrics = request.app.state.metrics
    return Response(generate_latest(measures.registry), media_type=CONTENT_TYPE_LATEST)
