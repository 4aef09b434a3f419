"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from recsys.api.dependencies import Db
from recsys.api.problems import Problem
from recsys.io.publications import read_current_publication

router = APIRouter(tags=["operations"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process lives; nothing else is asked."""
    return {"status": "alive"}
