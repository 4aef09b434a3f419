"""The right to object to profiling (GDPR art. 21)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from recsys.api.access import admitted_key, asking
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath
from recsys.io.consents import lift_objection, object_to_profiling, read_suppressions
from recsys.io.postgres import Connection

router = APIRouter(tags=["objection"])

_PATH = "/v1/customers/{customer_id}/objection"


class Objection(BaseModel):
    """Whether an objection to profiling stands."""

    is_standing: bool = Field(examples=[True])
    since: datetime | None = Field(default=None, examples=["2026-01-31T09:30:00Z"])
    serves: Literal["nothing", "popular"] | None = Field(
        default=None,
        description="What is shown from the next publication on: what is popular and permitted, or nothing.",
        examples=["popular"],
    )


@router.get(_PATH)
def get_objection(caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath) -> Objection:
    """Whether the customer objects to profiling."""
    key = admitted_key(caller, customer_id, connection, settings, reading="objection")
    return _standing(connection, key, asking(caller, customer_id))


@router.post(_PATH)
def post_objection(caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath) -> Objection:
    """Object to profiling, whatever was consented to before or later. With the answer, what was made of the profile is
    read by nobody any more; repeated, it changes nothing.
    """
    key = admitted_key(caller, customer_id, connection, settings, reading="objection")
    object_to_profiling(connection, key, settings.on_objection, asked_by=asking(caller, customer_id))
    return _standing(connection, key, asking(caller, customer_id))


@router.delete(_PATH)
def delete_objection(caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath) -> Objection:
    """Take the objection back: what was published before it is read again at once, and the next run profiles again as
    far as the consents allow it. Where there is none, nothing happens.
    """
    key = admitted_key(caller, customer_id, connection, settings, reading="objection")
    lift_objection(connection, key, asked_by=asking(caller, customer_id))
    return _standing(connection, key, asking(caller, customer_id))


def _standing(connection: Connection, key: str, asked_by: str) -> Objection:
    found = [one for one in read_suppressions(connection, key, asked_by) if one["reason"] == "objected"]
    if not found:
        return Objection(is_standing=False)
    return Objection(is_standing=True, since=found[0]["since"], serves=found[0]["serves"])
