"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["operations"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process lives; nothing else is asked."""
    return {"status": "alive"}
