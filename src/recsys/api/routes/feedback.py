"""What customers did with what they were shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from recsys.api.access import admits, is_self, require
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import BankId
from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.io.feedback import Channel, KeyTakenError, NotedFeedback, Reason, give_feedback
from recsys.io.secrets import read_secrets

router = APIRouter(tags=["feedback"])

_UNKNOWN = "unknown_customer"
_TROUBLES: Mapping[str, str] = {
    _UNKNOWN: "Nothing is known of this customer here.",
    "unknown_product": "The bank sells no product with this id.",
    "not_in_publication": "The product was not recommended to the customer in this publication, or not yet then.",
    "other_position": "The product stands at another position in this publication.",
    "in_the_future": "`occurred_at` is in the future.",
}


# RFC 3339, as `date-time` of the OpenAPI document is.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _is_moment(value: Any) -> Any:
    """Pydantic would take seconds since 1970, too."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("is no date and time with its offset from UTC")
    return value


def _is_number(value: Any) -> Any:
    """Pydantic would take a text, too; strictly, it would refuse 4.0, which JSON does not tell from 4."""
    if isinstance(value, str | bool):
        raise ValueError("is no number")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("is before the first year, or after the last") from None


Moment = Annotated[AwareDatetime, BeforeValidator(_is_moment), AfterValidator(_in_utc)]
# To the largest whole number that every JSON parser reads as it is (RFC 8259).
PublicationId = Annotated[int, Field(ge=1, le=2**53 - 1), BeforeValidator(_is_number)]
Position = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_is_number)]
Rating = Annotated[int, Field(ge=1, le=5), BeforeValidator(_is_number)]


class ListPlace(BaseModel):
    """The list that is answered, as `recommendations` gave it."""

    model_config = ConfigDict(extra="forbid")
    publication_id: PublicationId = Field(examples=[1])
    position: Position | None = Field(
        default=None,
        description="The rank there; found by the product where it is left out.",
        examples=[2],
    )


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")
    customer_id: BankId = Field(description="The bank's own id of the customer.", examples=["c2"])
    product_id: BankId = Field(examples=["p1"])
    channel: Channel = Field(description="Where the customer did it.", examples=["app"])
    occurred_at: Moment = Field(description="When, with its offset from UTC.", examples=["2026-01-31T09:30:00Z"])
    answers: ListPlace | None = Field(
        default=None, description="Left out where the product was not recommended, or only as what many take."
    )


class Done(_Given):
    """The customer saw a product, looked closer, asked for it, or got it."""

    kind: Literal["shown", "clicked", "applied", "accepted"] = Field(examples=["clicked"])


class Dismissed(_Given):
    """The customer does not want to see the product."""

    kind: Literal["dismissed"]
    reason: Reason = Field(examples=["not_interested"])


class Rejected(_Given):
    """The customer was offered the product, and said no."""

    kind: Literal["rejected"]
    reason: Reason | None = Field(default=None, examples=["too_expensive"])


class Rated(_Given):
    """The customer says how well the recommendation fits."""

    kind: Literal["rated"]
    rating: Rating = Field(description="1 (not at all) to 5 (very well).", examples=[4])


class Feedback(BaseModel):
    """One answer, or a batch of them: all are written, or none."""

    model_config = ConfigDict(extra="forbid")
    items: list[Annotated[Done | Dismissed | Rejected | Rated, Field(discriminator="kind")]] = Field(
        min_length=1, max_length=1000
    )


class Noted(BaseModel):
    """What was written."""

    feedback_ids: list[int] = Field(description="In the order of the items.", examples=[[17]])
    recorded_at: datetime = Field(examples=["2026-01-31T09:30:01Z"])


@router.post("/v1/feedback", status_code=HTTPStatus.CREATED)
def post_feedback(
    caller: Caller,
    connection: Db,
    settings: SettingsOf,
    idempotency_key: Annotated[
        str,
        Header(
            min_length=1,
            max_length=100,
            description="The caller's own name for this call, such as a UUID.",
            examples=["8e03978e-40d5"],
        ),
    ],
    feedback: Feedback,
) -> Noted:
    """Write down what customers did with what they were shown: a customer of himself, an advisor of his portfolio, a
    system of everybody.

    A call that is repeated with its `Idempotency-Key` gets the first answer again and writes nothing; with another body
    it is refused (409). Where one item cannot be written, none is: `errors` names each by its index in `items`, 404 for
    a customer of whom the caller knows nothing, 409 for what does not agree with the publication that is answered.
    """
    require(caller, Scope.CUSTOMER, Scope.ADVISOR, Scope.SYSTEM)
    asked_about = [item.customer_id for item in feedback.items]
    admitted = {one for one in set(asked_about) if admits(caller, one, connection, settings, reading="feedback")}
    _refuse({number: _UNKNOWN for number, one in enumerate(asked_about) if one not in admitted})
    try:
        noted = give_feedback(
            connection,
            [_row(item) for item in feedback.items],
            role=_role(caller, admitted),
            caller=caller.subject,
            idempotency_key=idempotency_key,
            key=read_secrets(settings.home).key("landing_key"),
        )
    except KeyTakenError:
        raise Problem(
            HTTPStatus.CONFLICT,
            "idempotency-key-taken",
            "This Idempotency-Key was used for a call with another body: take a new one.",
        ) from None
    _refuse({one.item: one.trouble for one in noted if one.trouble})
    return _answer(noted)


def _row(item: _Given) -> dict[str, Any]:
    place = item.answers.model_dump() if item.answers else {}
    return {**item.model_dump(mode="json", exclude={"answers"}), **place}


def _role(caller: Principal, customer_ids: set[str]) -> Scope:
    if Scope.SYSTEM in caller.scopes:
        return Scope.SYSTEM
    return Scope.CUSTOMER if all(is_self(caller, one) for one in customer_ids) else Scope.ADVISOR


def _refuse(troubles: Mapping[int, str]) -> None:
    if not troubles:
        return
    errors = [{"where": ["body", "items", number], "why": _TROUBLES[trouble]} for number, trouble in troubles.items()]
    if _UNKNOWN in troubles.values():
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", _TROUBLES[_UNKNOWN], errors=errors)
    raise Problem(
        HTTPStatus.CONFLICT,
        "not-what-was-shown",
        "Nothing was written, because of the items in `errors`; send the others again without them.",
        errors=errors,
    )


def _answer(noted: list[NotedFeedback]) -> Noted:
    numbers = [one.feedback_id for one in noted if one.feedback_id is not None]
    recorded_at = noted[0].recorded_at
    assert recorded_at is not None
    return Noted(feedback_ids=numbers, recorded_at=recorded_at)
