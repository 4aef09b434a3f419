"""What a person decides about profiling, carried out at once, also while a run is under way; not a step of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from recsys.cleaning.rectifying import are_read_by_country, checked_corrections, split_setting
from recsys.errors import NotFoundError
from recsys.feed.columns import Privacy
from recsys.io.consents import (
    lift_objection,
    lift_restriction,
    object_to_profiling,
    read_consents,
    read_suppressions,
    record_consent,
    restrict_processing,
)
from recsys.io.postgres import Connection, Database
from recsys.io.privacy_requests import file_request, set_request
from recsys.io.rectifications import list_rectifications, read_country, write_rectification
from recsys.privacy.keys import customer_keys
from recsys.privacy.requests import RequestKind, RequestState
from recsys.settings import Settings
from recsys.steps.known_customers import SEALED_FOR_LINKING

_ROLE = "officer"
Decide = Callable[[Connection, str, int], int]


def decide_consent(
    database: Database, settings: Settings, customer_id: str, purpose: str, *, is_granted: bool, channel: str
) -> dict[str, Any]:
    """Write a consent or its withdrawal down; without consent to profiling nothing profiled is read any more."""

    def decide(connection: Connection, key: str, request_id: int) -> int:
        return record_consent(
            connection,
            key,
            purpose,
            is_granted=is_granted,
            on_withdrawal=settings.on_objection,
            channel=channel,
            request_id=request_id,
        )

    done = _carry_out(database, RequestKind.CONSENT, customer_id, channel, decide)
    return {**done, "purpose": purpose, "is_granted": is_granted, "still": _still(database, customer_id)}


def decide_objection(
    database: Database, settings: Settings, customer_id: str, *, is_lifted: bool, channel: str
) -> dict[str, Any]:
    """Object to profiling, or take that back."""

    def decide(connection: Connection, key: str, request_id: int) -> int:
        if is_lifted:
            return lift_objection(connection, key, request_id)
        return object_to_profiling(connection, key, settings.on_objection, request_id)

    done = _carry_out(database, RequestKind.OBJECT, customer_id, channel, decide)
    return {**done, "still": _still(database, customer_id)}


def decide_restriction(database: Database, customer_id: str, *, is_lifted: bool, channel: str) -> dict[str, Any]:
    """Restrict the person's data to being stored, or take that back."""

    def decide(connection: Connection, key: str, request_id: int) -> int:
        return (lift_restriction if is_lifted else restrict_processing)(connection, key, request_id)

    done = _carry_out(database, RequestKind.RESTRICT, customer_id, channel, decide)
    return {**done, "still": _still(database, customer_id)}


def decide_rectification(
    database: Database, customer_id: str, settings: Sequence[str], *, why: str, today: date, channel: str
) -> dict[str, Any]:
    """Correct values (`customers.COLUMN=VALUE`) wherever they stand, for as long as the source delivers the old ones.

    What was made of the old ones is hidden until the next scoring.
    """
    said = [split_setting(setting) for setting in settings]
    country = None
    if are_read_by_country(said):
        with database.connect(_ROLE) as connection:
            country = read_country(connection, customer_key(database, customer_id))
    corrections = checked_corrections(said, today, country)

    def decide(connection: Connection, key: str, request_id: int) -> int:
        return sum(
            write_rectification(
                connection,
                database.secrets,
                key,
                correction,
                is_in_contact=correction.column.privacy is Privacy.ENCRYPT
                or correction.column.name in SEALED_FOR_LINKING,
                why=why,
                request_id=request_id,
            )
            for correction in corrections
        )

    done = _carry_out(database, RequestKind.RECTIFY, customer_id, channel, decide)
    return {
        "request_id": done["request_id"],
        "rows": done["customers"],
        "columns": [correction.column.name for correction in corrections],
    }


def rectifications_of(database: Database, customer_id: str) -> list[dict[str, Any]]:
    """What was corrected of a customer, with values and reasons."""
    with database.connect(_ROLE) as connection:
        return list_rectifications(connection, database.secrets, customer_key(database, customer_id))


def consents_of(database: Database, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """Everything that the person decided, oldest first, and what keeps recommendations from them now."""
    with database.connect(_ROLE) as connection:
        key = customer_key(database, customer_id)
        return {
            "consents": read_consents(connection, key),
            "suppressions": read_suppressions(connection, key),
        }


def customer_key(database: Database, customer_id: str) -> str:
    """The customer's pseudonym. It is computed: nobody has to be looked up by name to have a right."""
    return str(customer_keys([customer_id], database.secrets.key("pseudonym_key"))[0])


def _carry_out(database: Database, kind: RequestKind, customer_id: str, channel: str, decide: Decide) -> dict[str, Any]:
    """Request and decision, both or neither: no DAG would take up a decision that was cut off."""
    with database.connect(_ROLE) as connection:
        # Filing keeps the keys: a decision that is written under one which is being rotated would bind nobody.
        number = file_request(connection, database.secrets, kind, customer_id, channel=channel)
        set_request(connection, number, RequestState.RUNNING)
        try:
            n_customers = decide(connection, customer_key(database, customer_id), number)
        except NotFoundError:
            connection.rollback()
            refused = file_request(connection, database.secrets, kind, customer_id, channel=channel)
            set_request(connection, refused, RequestState.REFUSED, {"reason": "nothing is held"})
            connection.commit()
            raise
        what = "rows" if kind is RequestKind.RECTIFY else "customers"
        set_request(connection, number, RequestState.DONE, {what: n_customers})
    return {"request_id": number, "customers": n_customers}


def _still(database: Database, customer_id: str) -> list[str]:
    """Reasons for which readers see nothing, or nothing profiled, of the person now."""
    with database.connect(_ROLE) as connection:
        found = read_suppressions(connection, customer_key(database, customer_id))
    return sorted({str(row["reason"]) for row in found})
