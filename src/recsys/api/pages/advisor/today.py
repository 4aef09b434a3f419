"""The day's best conversations of an advisor."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.advisor.portfolio_owner import advisor_id_of
from recsys.api.pages.advisor.words import strength_words, why_now
from recsys.api.pages.languages import words_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.io.portfolios import read_best_conversations
from recsys.io.secrets import read_secrets
from recsys.io.serving import read_current

router = APIRouter(include_in_schema=False)


@router.get("/advisor")
def today(request: Request, visitor: AdvisorVisitor, connection: Db, settings: SettingsOf) -> Response:
    """Whom to talk to today, about what, and why."""
    found = read_best_conversations(
        connection, read_secrets(settings.home), advisor_id_of(visitor), asked_by=visitor.subject
    )
    words = words_of(request)
    return page(
        request,
        "advisor/today.html.j2",
        conversations=[(one, why_now(words, one)) for one in found],
        strengths=strength_words(words),
        current=read_current(connection),
    )
