"""How a conversation ended, written down as feedback of the customer by the advisor."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from recsys.api.access import require_customer
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath
from recsys.api.pages.advisor.back import back_to_customer
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.io.feedback import KeyTakenError, Reason, give_feedback
from recsys.io.secrets import read_secrets

router = APIRouter(include_in_schema=False)

_DECLINED = ("dismissed", "rejected")


class Outcome(BaseModel):
    """What the form says. `about` is `listed:` or `other:` and a product: whether it stood on the list shown beside."""

    model_config = ConfigDict(extra="forbid")
    about: str = Field(pattern=r"^(listed|other):.+", max_length=220)
    publication_id: int | None = Field(None, ge=1, le=2**53 - 1)
    kind: Literal["accepted", "applied", "rejected", "dismissed"]
    reason: Reason | None = None
    channel: Literal["branch", "phone", "email"]
    occurred_at: AwareDatetime
    idempotency_key: str = Field(min_length=1, max_length=100)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, fields: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if value != ""}

    @model_validator(mode="after")
    def _dismissed_for_a_reason(self) -> Outcome:
        if self.kind == "dismissed" and self.reason is None:
            raise ValueError("whoever does not want to hear of a product has a reason")
        return self

    def item(self, customer_id: str) -> dict[str, Any]:
        """As `ops.give_feedback` takes it. The same form says the same, however often it is sent."""
        where, _, product_id = self.about.partition(":")
        return {
            "customer_id": customer_id,
            "product_id": product_id,
            "kind": self.kind,
            "reason": self.reason if self.kind in _DECLINED else None,
            "channel": self.channel,
            "publication_id": self.publication_id if where == "listed" else None,
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
        }


@router.post("/advisor/customers/{customer_id}/outcome")
def record_outcome(
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
    customer_id: CustomerIdOfPath,
    fields: CheckedForm,
) -> Response:
    """Write it down, once for each form that was shown."""
    reading = "POST /advisor/customers/{customer_id}/outcome"
    require_customer(visitor, customer_id, connection, settings, reading=reading)
    try:
        outcome = Outcome.model_validate(fields)
        (noted,) = give_feedback(
            connection,
            [outcome.item(customer_id)],
            role="advisor",
            caller=visitor.subject,
            idempotency_key=outcome.idempotency_key,
            key=read_secrets(settings.home).key("landing_key"),
        )
    except ValidationError:
        return back_to_customer(customer_id, "not_written")
    except KeyTakenError:
        return back_to_customer(customer_id, "outcome_before")
    return back_to_customer(customer_id, "not_written" if noted.trouble else "outcome")
