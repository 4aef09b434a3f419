"""What this service may read of a customer, as one file for the customer: `docs/own-data.schema.json` describes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from recsys.api.access import asking
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.customer.answer_words import dismissal_reasons, kinds_told
from recsys.api.pages.customer.own import OwnId, OwnKey
from recsys.api.pages.customer.own_list import read_catalogued
from recsys.api.pages.customer.product_words import Catalogued, purpose_title
from recsys.api.pages.customer.status_words import status_told
from recsys.api.pages.languages import Words, words_of
from recsys.api.pages.visiting import CustomerVisitor
from recsys.api.routes.recommendations import Status, standing
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.io.advisor_decisions import AdvisorDecision, read_decisions
from recsys.io.consents import read_consents, read_suppressions
from recsys.io.feedback import GivenFeedback, Kind, read_feedback
from recsys.io.filed_requests import OwnRequest, read_own_requests
from recsys.io.postgres import Connection
from recsys.io.profiles import Profile, read_profile
from recsys.io.questions import list_questions
from recsys.io.serving import read_recommendations

router = APIRouter(include_in_schema=False)

FILE_NAME = "my-data.json"
_KINDS: tuple[Kind, ...] = ("shown", "clicked", "dismissed", "rated", "applied", "accepted", "rejected")


class CopiedRecommendation(BaseModel):
    """A product of the list that is shown now."""

    rank: int = Field(description="Place in the list, 1 is the first.")
    product_id: str
    product_name: str
    why: str = Field(description="The reasons in one sentence.")
    reasons: list[str] = Field(description="What speaks for it, each by itself.")
    score: float = Field(description="What the order comes of; it compares products, and is no probability.")
    is_personal: bool = Field(description="Whether it was worked out from the profile.")


class CopiedRecommendations(BaseModel):
    """The list that is shown now, or why there is none."""

    status: Status
    means: str = Field(description="The status in words; empty where there is a list.")
    publication_id: int | None = Field(description="Number of the publication that the list is of.")
    as_of: date | None = Field(description="The day whose data it rests on.")
    items: list[CopiedRecommendation]


class CopiedConsent(BaseModel):
    """A decision about one purpose."""

    purpose: str
    means: str = Field(description="The purpose in words.")
    is_granted: bool
    decided_at: datetime
    channel: str = Field(description="By what way the bank heard it.")


class CopiedLimit(BaseModel):
    """Something that keeps recommendations away now."""

    reason: str = Field(description="objected, consent_withdrawn, restricted or rectified.")
    since: datetime
    serves: Literal["nothing", "popular"] = Field(description="What is shown instead.")


class CopiedAnswer(BaseModel):
    """What was done with a recommendation."""

    product_id: str
    product_name: str
    kind: Kind
    means: str = Field(description="The kind in words.")
    reason: str | None = Field(description="Why not, in words.")
    rating: int | None = Field(description="From 1, not at all, to 5, very well.")
    occurred_at: datetime
    noted_by: str = Field(description="Who wrote it down: customer, advisor or system.")


class CopiedQuestion(BaseModel):
    """A question and its answer, both without the persons who were named in them."""

    question_id: int
    product_id: str | None
    asked_at: datetime
    state: str = Field(description="waiting, expired, passed_on, answer_waiting or answered.")
    question: str | None = Field(description="None while it waits, or when its words are gone.")
    answered_at: datetime | None
    answer: str | None


class OwnCopy(BaseModel):
    """Everything that the recommendation service's pages and API may read of one customer.

    Names, addresses, accounts and payments are not among it: the complete copy is made on request (GDPR art. 15).
    """

    made_at: datetime
    customer_id: str
    recommendations: CopiedRecommendations
    profile: Profile | None = Field(
        description="What the recommendations rest on, in bands from the first number to below the second; None: no "
        "profile is made or shown. Incomes per year in `currency`, risk of 7, knowledge and capacity for loss of 5."
    )
    currency: str
    consents: list[CopiedConsent] = Field(description="Every decision, the oldest first; the latest word counts.")
    limits: list[CopiedLimit]
    answers: list[CopiedAnswer] = Field(description="The latest first.")
    questions: list[CopiedQuestion] = Field(description="The latest first.")
    advisor_decisions: list[AdvisorDecision] = Field(description="What advisors took off the list or suggested.")
    requests: list[OwnRequest] = Field(description="Requests that were filed here, and how far they are.")


@router.get(f"/me/privacy/{FILE_NAME}")
def download(
    request: Request, visitor: CustomerVisitor, customer_id: OwnId, key: OwnKey, connection: Db, settings: SettingsOf
) -> Response:
    """At once, as a file; whoever wants all that the bank holds files a request."""
    words, catalogue = words_of(request), read_catalogued(connection)
    asked_by = asking(visitor, customer_id)
    rows = read_recommendations(connection, customer_id)
    status = Status.SERVED if rows else standing(connection, visitor, customer_id)
    told = None if rows else status_told(words, status, settings.on_objection)
    copy = OwnCopy(
        made_at=datetime.now(UTC),
        customer_id=customer_id,
        recommendations=CopiedRecommendations(
            status=status,
            means=f"{told.head}. {told.text}" if told else "",
            publication_id=rows[0]["publication_id"] if rows else None,
            as_of=rows[0]["as_of"] if rows else None,
            items=[
                CopiedRecommendation(
                    rank=row["rank"],
                    product_id=row["product_id"],
                    product_name=row["product_name"],
                    why=sentence_of(row["reasons"], phrases_in(row["language"])) if row["language"] else "",
                    reasons=row["reasons"],
                    score=row["score"],
                    is_personal=row["is_personalised"],
                )
                for row in rows
            ],
        ),
        profile=read_profile(connection, customer_id),
        currency=catalogue.currency,
        consents=_consents(words, connection, key, asked_by),
        limits=[CopiedLimit.model_validate(one) for one in read_suppressions(connection, key, asked_by)],
        answers=_answers(words, read_feedback(connection, key, _KINDS, asked_by), catalogue),
        questions=[CopiedQuestion.model_validate(one) for one in list_questions(connection, key, asked_by)],
        advisor_decisions=read_decisions(connection, customer_id),
        requests=read_own_requests(connection, key, asked_by),
    )
    return Response(
        copy.model_dump_json(indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{FILE_NAME}"'},
    )


def _consents(words: Words, connection: Connection, key: str, asked_by: str) -> list[CopiedConsent]:
    return [
        CopiedConsent(
            purpose=one["purpose"],
            means=purpose_title(words, one["purpose"]),
            is_granted=one["is_granted"],
            decided_at=one["recorded_at"],
            channel=one["channel"] or "",
        )
        for one in read_consents(connection, key, asked_by)
    ]


def _answers(words: Words, given: list[GivenFeedback], catalogue: Catalogued) -> list[CopiedAnswer]:
    kinds, reasons = kinds_told(words), dismissal_reasons(words)
    return [
        CopiedAnswer(
            product_id=one.product_id,
            product_name=catalogue.name(one.product_id),
            kind=one.kind,
            means=kinds[one.kind],
            reason=reasons[one.reason] if one.reason else None,
            rating=one.rating,
            occurred_at=one.occurred_at,
            noted_by=one.actor_role,
        )
        for one in given
    ]
