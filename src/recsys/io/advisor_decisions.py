"""`ops.advisor_decisions`: what advisors decide about the lists of their customers; see migration 0044."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from psycopg.rows import class_row

from recsys.io.consents import known_customer
from recsys.io.portfolios import advisor_key
from recsys.io.postgres import Connection
from recsys.io.secrets import Secrets
from recsys.ranking.advisor_words import Reason, TakenOff

Kind = Literal["taken_off", "suggested"]


@dataclass(frozen=True, slots=True)
class AdvisorDecision:
    """One decision about one product: `taken_off` the list, or `suggested` beside it, to the end of `until_date`."""

    decision_id: int
    kind: Kind
    product_id: str
    reason: Reason
    until_date: date
    decided_at: datetime
    revoked_at: datetime | None
    is_in_force: bool


def decide(
    connection: Connection,
    secrets: Secrets,
    customer_id: str,
    advisor_id: str,
    *,
    kind: Kind,
    product_id: str,
    reason: Reason,
    until: date,
) -> str | None:
    """Write a decision down; it is in force with the commit. Else what the trouble is.

    The troubles are not_listed (to be taken off, and not on the list), not_sold, refused (by a rule, which no advisor
    overrides), listed, suggested_already, nothing_shown and until_when (before today, or after a year).
    Raises `NotFoundError` where the advisor has no such customer.
    """
    with known_customer():
        row = connection.execute(
            "select trouble from ops.decide_as_advisor(%s, %s, %s, %s, %s, %s)",
            [customer_id, advisor_key(connection, secrets, advisor_id), kind, product_id, reason, until],
        ).fetchone()
    assert row is not None
    return None if row[0] is None else str(row[0])


def revoke(connection: Connection, secrets: Secrets, customer_id: str, advisor_id: str, decision_id: int) -> bool:
    """Take a decision about the customer back; whether there was one in force. Raises as `decide`."""
    with known_customer():
        row = connection.execute(
            "select ops.revoke_as_advisor(%s, %s, %s)",
            [customer_id, advisor_key(connection, secrets, advisor_id), decision_id],
        ).fetchone()
    assert row is not None
    return bool(row[0])


def read_decisions(connection: Connection, customer_id: str) -> list[AdvisorDecision]:
    """All that was decided about a customer of whom anything may be shown, the latest first."""
    with connection.cursor(row_factory=class_row(AdvisorDecision)) as cursor:
        return cursor.execute("select * from serving.read_advisor_decisions(%s)", [customer_id]).fetchall()


def taken_off(connection: Connection, customer_id: str) -> dict[str, TakenOff]:
    """By product what is off the customer's list today, for people who answer the customer."""
    return {
        one.product_id: TakenOff(one.reason, one.until_date)
        for one in read_decisions(connection, customer_id)
        if one.is_in_force and one.kind == "taken_off"
    }
