"""What a customer allows, per purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from recsys.api.access import admitted_key, asking
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath
from recsys.io.consents import read_consents, record_consent
from recsys.io.postgres import Connection
from recsys.privacy.standing_consents import standing_consents

router = APIRouter(tags=["consents"])

CHANNEL = "api"
Purpose = Literal[
    "profiling",
    "marketing",
    "marketing_email",
    "marketing_push",
    "marketing_sms",
    "marketing_phone",
    "marketing_post",
    "third_party",
]


class Consent(BaseModel):
    """What stands for one purpose."""

    purpose: Purpose = Field(examples=["profiling"])
    is_granted: bool | None = Field(description="null: the customer has said nothing.", examples=[True])
    decided_at: datetime | None = Field(examples=["2026-01-31T09:30:00Z"])
    channel: str | None = Field(description="By what way the bank heard it.", examples=["api"])


class Consents(BaseModel):
    """What stands, for every purpose."""

    consents: list[Consent]


class Decision(BaseModel):
    """What the customer decides about one purpose."""

    model_config = ConfigDict(extra="forbid")
    purpose: Purpose = Field(examples=["profiling"])
    is_granted: StrictBool = Field(examples=[False])


class Decisions(BaseModel):
    """What the customer decides now; of purposes that are left out what stands goes on standing."""

    model_config = ConfigDict(extra="forbid")
    consents: list[Decision] = Field(min_length=1, max_length=20)


@router.get("/v1/customers/{customer_id}/consents")
def get_consents(caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath) -> Consents:
    """What the customer allows now, for every purpose. The latest word counts, whichever way it came to the bank; in a
    tie the refusal. `marketing` speaks for the channels of which nothing is said.
    """
    key = admitted_key(caller, customer_id, connection, settings, reading="consents")
    return _standing(connection, key, asking(caller, customer_id))


@router.put("/v1/customers/{customer_id}/consents")
def put_consents(
    caller: Caller, connection: Db, settings: SettingsOf, customer_id: CustomerIdOfPath, decisions: Decisions
) -> Consents:
    """Give or withdraw consents; the answer is what stands now. Each is written down with its time, also where nothing
    changes. Named twice, the last of a purpose counts.

    A withdrawal is in force with the answer: without consent to profiling what was made of a profile is read by nobody
    any more, and products that need a consent which is withdrawn are gone from the list. The next run makes a new one.
    """
    key = admitted_key(caller, customer_id, connection, settings, reading="consents")
    for decision in decisions.consents:
        record_consent(
            connection,
            key,
            decision.purpose,
            is_granted=decision.is_granted,
            on_withdrawal=settings.on_objection,
            channel=CHANNEL,
            asked_by=asking(caller, customer_id),
        )
    return _standing(connection, key, asking(caller, customer_id))


def _standing(connection: Connection, key: str, asked_by: str) -> Consents:
    found = standing_consents(read_consents(connection, key, asked_by))
    return Consents(
        consents=[
            Consent.model_validate(
                {
                    "purpose": one.purpose,
                    "is_granted": one.is_granted,
                    "decided_at": one.recorded_at,
                    "channel": one.channel,
                }
            )
            for one in found
        ]
    )
