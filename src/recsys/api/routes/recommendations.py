"""What a customer is recommended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from recsys.api.access import is_self, nothing_known
from recsys.api.caching import NOT_MODIFIED, cached
from recsys.api.customers import Admitted, CustomerOf
from recsys.api.dependencies import lookups_of, pool_of
from recsys.api.identifiers import BankId
from recsys.api.principal import Principal, Scope
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.io.pool import Pool
from recsys.io.postgres import Connection
from recsys.io.serving import read_standing

router = APIRouter(prefix="/v1", tags=["recommendations"])

_MOST = 100


class Status(StrEnum):
    """Whether there is a list, and why not: that is told to the customer, and to nobody else."""

    SERVED = "served"
    NOTHING_PUBLISHED = "nothing_published"
    OBJECTED = "objected"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    RESTRICTED = "restricted"
    NOTHING_LEFT = "nothing_left"  # there is a list, and what was on it was refused, taken off or withdrawn since
    NOTHING_TO_SHOW = "nothing_to_show"  # for whatever of these reasons; so an advisor is told


class Recommendation(BaseModel):
    """One product of the list."""

    rank: int = Field(ge=1, description="Place in the customer's whole list, whatever is filtered out.")
    product_id: str
    product_name: str
    category: str
    score: float = Field(description="Comparable within one publication, and no probability.")
    reasons: list[str] = Field(description="What speaks for it, each by itself, in the customer's language.")
    why: str = Field(description="The reasons in one sentence; empty where there are none.")
    personalised: bool = Field(
        description="False: it comes of no profile, it is what many customers take and the rules permit."
    )


class Recommendations(BaseModel):
    """A customer's list as one publication has it, less what may not be shown any more."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "C000042",
                    "status": "served",
                    "publication_id": 7,
                    "as_of": "2026-06-30",
                    "published_at": "2026-07-01T04:12:09Z",
                    "valid_until": "2026-07-08T04:12:09Z",
                    "model_version": "12",
                    "items": [
                        {
                            "rank": 1,
                            "product_id": "bond_fund",
                            "product_name": "Bond Fund",
                            "category": "fund",
                            "score": 0.482,
                            "reasons": ["You already have our Savings Account", "You are saving for a home"],
                            "why": "Because you already have our Savings Account and are saving for a home.",
                            "personalised": True,
                        }
                    ],
                }
            ]
        }
    )

    customer_id: str
    status: Status
    publication_id: int | None = None
    as_of: date | None = Field(default=None, description="The day whose data it rests on.")
    published_at: datetime | None = None
    valid_until: datetime | None = Field(default=None, description="From then on it must not be used.")
    model_version: str | None = None
    items: list[Recommendation] = Field(description="Best first.")


@router.get("/customers/{customer_id}/recommendations", response_model=Recommendations, responses=NOT_MODIFIED)
async def recommendations(
    customer: CustomerOf,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=_MOST, description="The most products to answer.")] = _MOST,
    category: Annotated[BankId | None, Query(description="Only products of this category.", examples=["fund"])] = None,
    exclude: Annotated[
        list[BankId],
        Query(max_length=_MOST, description="Products to leave out; may be repeated.", examples=[["bond_fund"]]),
    ] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """The customer's ranked products with the reasons for each, best first.

    A customer who is shown nothing hears why in `status`. An advisor hears that there is nothing to show, and a system
    404, whether the customer does not exist, was erased, objected, or was offered nothing.
    """
    # Asked more often than anything else, so that it is not handed over to a thread.
    rows = await lookups_of(request).recommendations(customer.customer_id)
    if not rows:
        return cached(request, await _nothing(request, customer))
    kept = [row for row in rows if category in (None, row["category"]) and row["product_id"] not in exclude]
    return cached(request, _answer(customer.customer_id, rows[0], kept[:limit]))


def _answer(customer_id: str, publication: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Recommendations:
    return Recommendations(
        customer_id=customer_id,
        status=Status.SERVED,
        publication_id=publication["publication_id"],
        as_of=publication["as_of"],
        published_at=publication["published_at"],
        valid_until=publication["valid_until"],
        model_version=publication["model_version"],
        items=[
            Recommendation(
                rank=row["rank"],
                product_id=row["product_id"],
                product_name=row["product_name"],
                category=row["category"],
                score=row["score"],
                reasons=row["reasons"],
                why=_in_one(tuple(row["reasons"]), row["language"]) if row["language"] else "",
                personalised=row["is_personalised"],
            )
            for row in rows
        ],
    )


# Many rows share their reasons: those of one publication are a few thousand.
@lru_cache(maxsize=10_000)
def _in_one(reasons: tuple[str, ...], language: str) -> str:
    return sentence_of(reasons, phrases_in(language))


async def _nothing(request: Request, customer: Admitted) -> Recommendations:
    if is_self(customer.caller, customer.customer_id):
        status = await run_in_threadpool(_own_standing, pool_of(request), customer)
    else:
        status = _standing_to_others(customer.caller)
    return Recommendations(customer_id=customer.customer_id, status=status, items=[])


def _own_standing(pool: Pool, customer: Admitted) -> Status:
    with pool.connection() as connection:
        return standing(connection, customer.caller, customer.customer_id)


def standing(connection: Connection, caller: Principal, customer_id: str) -> Status:
    """Why nothing is shown, as far as the caller may hear it. Raises `Problem` 404 where he may not hear even that."""
    if is_self(caller, customer_id):
        known = read_standing(connection, customer_id)
        if known is None:
            raise nothing_known()
        return Status(known)
    return _standing_to_others(caller)


def _standing_to_others(caller: Principal) -> Status:
    if Scope.SYSTEM in caller.scopes:
        raise nothing_known()
    return Status.NOTHING_TO_SHOW
