"""What an advisor decides about a customer's list, with a reason, and takes back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from recsys.api.access import nothing_known, require_customer
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.identifiers import BankId, CustomerIdOfPath
from recsys.api.pages.advisor.back import back_to_customer
from recsys.api.pages.advisor.portfolio_owner import advisor_id_of
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.visiting import AdvisorVisitor
from recsys.errors import NotFoundError
from recsys.io.advisor_decisions import Kind, decide, revoke
from recsys.io.secrets import read_secrets
from recsys.ranking.advisor_words import Reason

router = APIRouter(include_in_schema=False)


class Override(BaseModel):
    """What the form says."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind
    product_id: BankId
    reason: Reason
    until: date


@router.post("/advisor/customers/{customer_id}/decisions")
def override(
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
    customer_id: CustomerIdOfPath,
    fields: CheckedForm,
) -> Response:
    """Take a product off the list, or suggest one; in force with the answer."""
    reading = "POST /advisor/customers/{customer_id}/decisions"
    require_customer(visitor, customer_id, connection, settings, reading=reading)
    try:
        wanted = Override.model_validate(fields)
    except ValidationError:
        return back_to_customer(customer_id, "not_written")
    try:
        trouble = decide(
            connection,
            read_secrets(settings.home),
            customer_id,
            advisor_id_of(visitor),
            kind=wanted.kind,
            product_id=wanted.product_id,
            reason=wanted.reason,
            until=wanted.until,
        )
    except NotFoundError:
        raise nothing_known() from None
    return back_to_customer(customer_id, trouble or wanted.kind)


@router.post("/advisor/customers/{customer_id}/decisions/{decision_id}/revoke")
def take_back(
    visitor: AdvisorVisitor,
    connection: Db,
    settings: SettingsOf,
    customer_id: CustomerIdOfPath,
    decision_id: Annotated[int, Path(ge=1, le=2**63 - 1)],
    fields: CheckedForm,
) -> Response:
    """Revoke a decision about this customer, whichever of its advisors made it."""
    reading = "POST /advisor/customers/{customer_id}/decisions/{decision_id}/revoke"
    require_customer(visitor, customer_id, connection, settings, reading=reading)
    try:
        is_revoked = revoke(connection, read_secrets(settings.home), customer_id, advisor_id_of(visitor), decision_id)
    except NotFoundError:
        raise nothing_known() from None
    return back_to_customer(customer_id, "revoked" if is_revoked else "nothing_to_revoke")
