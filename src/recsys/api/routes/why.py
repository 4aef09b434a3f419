"""Why a customer is offered a product, or is not."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from recsys.api.access import asking
from recsys.api.caching import NOT_MODIFIED, cached
from recsys.api.customers import CustomerOf
from recsys.api.dependencies import Db
from recsys.api.identifiers import ProductIdOfPath
from recsys.api.principal import Scope
from recsys.api.problems import Problem
from recsys.api.routes.recommendations import Status, standing
from recsys.errors import NotFoundError
from recsys.io.advisor_decisions import taken_off
from recsys.io.serving import read_answer, read_catalogue_served, read_eliminations, read_refusals
from recsys.ranking.answer import Outcome

router = APIRouter(prefix="/v1", tags=["recommendations"])


class Refusal(BaseModel):
    """A rule that refuses the product to the customer."""

    rule: str
    is_unknown: bool = Field(description="It refuses because the customer's side is not known.")
    why: str
    limits: list[str] = Field(description="What the product asks for there; no value of the customer.")


class Why(BaseModel):
    """What became of one product for one customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "C000042",
                    "product_id": "loan",
                    "product_name": "Loan",
                    "outcome": "refused",
                    "lines": [
                        "Not offered, since a rule refuses it:",
                        "income: The customer's income is below its minimum. It asks for a yearly income of at least "
                        "20,000.",
                    ],
                    "n_offered": 5,
                    "rank": None,
                    "score": None,
                    "reasons": [],
                    "refused_by": [
                        {
                            "rule": "income",
                            "is_unknown": False,
                            "why": "The customer's income is below its minimum.",
                            "limits": ["It asks for a yearly income of at least 20,000."],
                        }
                    ],
                    "withdrawn_date": None,
                }
            ]
        }
    )

    customer_id: str
    product_id: str
    product_name: str
    outcome: Outcome = Field(
        description="`not offered` is told to systems: other products were ranked before it, or a rule refuses it that "
        "is nobody's business but the customer's and the advisor's, or an advisor took it off."
    )
    lines: list[str] = Field(description="The answer for people, a line each.")
    n_offered: int = Field(description="Length of the customer's list.")
    rank: int | None
    score: float | None
    reasons: list[str]
    refused_by: list[Refusal]
    withdrawn_date: date | None


@router.get("/customers/{customer_id}/why/{product_id}", response_model=Why, responses=NOT_MODIFIED)
def why(customer: CustomerOf, product_id: ProductIdOfPath, request: Request, connection: Db) -> Response:
    """Why the customer is offered the product: its place and the reasons; or why not: the rules and what it asks for.

    The customer and the advisor hear of every rule as of now, and that they asked is written down. Systems do not hear
    of private ones (arrears, consent, objection), nor of what an advisor took off the list.
    """
    if product_id not in read_catalogue_served(connection):
        raise Problem(
            HTTPStatus.NOT_FOUND, "no-such-product", "What is read has no such product: /v1/products lists them."
        )
    customer_id, caller = customer.customer_id, customer.caller
    hears_all = Scope.SYSTEM not in caller.scopes
    asked_by = asking(caller, customer_id)
    refusals = (
        read_refusals(connection, customer_id, asked_by) if hears_all else read_eliminations(connection, customer_id)
    )
    try:
        decided = taken_off(connection, customer_id) if hears_all else {}
        answer = read_answer(connection, customer_id, product_id, refusals, decided, hears_all=hears_all)
    except NotFoundError:
        status = standing(connection, caller, customer_id)
        raise Problem(HTTPStatus.NOT_FOUND, status.replace("_", "-"), _NOTHING_SHOWN[status]) from None
    told = {"customer_id": customer_id, "lines": answer.lines(), **answer.to_json()}
    return cached(request, Why.model_validate(told))


_NOTHING_SHOWN = {
    Status.NOTHING_PUBLISHED: "Nothing is published for you yet; the next publication may have something.",
    Status.OBJECTED: "You objected to being profiled, so there is nothing to explain until the next publication.",
    Status.CONSENT_WITHDRAWN: "You withdrew your consent, so there is nothing to explain until the next publication.",
    Status.RESTRICTED: "The use of your data is restricted: nothing is made of it until that is lifted.",
    Status.NOTHING_LEFT: "Nothing of your list may be shown any more; the next publication may have something.",
    Status.NOTHING_TO_SHOW: "There is nothing to show for this customer.",
}
