"""One customer for the advisor: who it is in bands, what is recommended and why, why not, and what became of it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response

from recsys.api.access import admitted_key
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath
from recsys.api.pages.advisor import words as said
from recsys.api.pages.advisor.products import read_products
from recsys.api.pages.advisor.profile_lines import goal_told, profile_lines
from recsys.api.pages.languages import words_of
from recsys.api.pages.rendering import page
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.io.advisor_decisions import read_decisions
from recsys.io.history import read_history
from recsys.io.profiles import read_profile
from recsys.io.questions import list_questions
from recsys.io.told_suitability import read_told

router = APIRouter(include_in_schema=False)

_N_EVENTS = 30
# For how long a decision holds unless the advisor says otherwise.
_USUALLY = timedelta(days=90)


@router.get("/advisor/customers/{customer_id}")
def customer(
    request: Request,
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
    customer_id: CustomerIdOfPath,
    done: str = "",
) -> Response:
    """The whole page; that the advisor looked is written down. `done` says what the form before came to."""
    reading = "GET /advisor/customers/{customer_id}"
    key = admitted_key(visitor, customer_id, connection, settings, reading=reading)
    words = words_of(request)
    profile, told = read_profile(connection, customer_id), read_told(connection, customer_id)
    decisions = read_decisions(connection, customer_id)
    now = datetime.now(UTC)
    products = read_products(
        connection, words, customer_id, told, decisions, asked_by=visitor.subject, today=now.date()
    )
    return page(
        request,
        "advisor/customer.html.j2",
        customer_id=customer_id,
        profile=profile,
        profile_lines=profile_lines(words, profile) if profile else [],
        told=told,
        goal=goal_told(words, told),
        products=products,
        decisions=decisions,
        history=read_history(connection, customer_id, _N_EVENTS),
        questions=list_questions(connection, key, visitor.subject),
        came_to=said.told_after(words).get(done),
        form={
            "idempotency_key": str(uuid.uuid4()),
            "occurred_at": now.isoformat(),
            "today": now.date(),
            "until": now.date() + _USUALLY,
        },
        outcomes=said.outcome_words(words),
        answer_reasons=said.answer_reasons(words),
        channels=said.channel_words(words),
        kinds=said.kind_words(words),
        roles=said.role_words(words),
        reasons=said.decision_reasons(words),
        strengths=said.strength_words(words),
        meanings=said.strength_meanings(words),
        points=said.point_words(words),
    )
