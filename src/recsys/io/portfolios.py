"""Whose customers an advisor looks after, as the bank's feed says, and whom of them to talk to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from recsys.io.postgres import Connection
from recsys.io.secrets import Secrets
from recsys.privacy.keys import pseudonyms
from recsys.ranking.rules.questionnaire import VALID_DAYS
from recsys.ranking.strength import Strength

# Whoever was just talked to is left alone for a while.
PAUSE_DAYS = 14
N_CONVERSATIONS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for in a portfolio; None lets everybody pass. `answered`: within the last `within_days`, or not."""

    beginning: str = ""
    segment: str | None = None
    age_from: int | None = None
    holding: str | None = None
    recommended: str | None = None
    category: str | None = None
    has_list: bool | None = None
    answered: bool | None = None
    within_days: int = 30


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """One customer of a portfolio: bands as in `Profile`, the first product of the list, and the last answer."""

    customer_id: str
    segment: str | None
    age_from: int | None
    age_below: int | None
    annual_income_from: int | None
    annual_income_below: int | None
    product_id: str | None
    product_name: str | None
    n_listed: int
    answer: str | None
    answered_product_id: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Whom to talk to about which product, and all that speaks for it; `points` as migration 0044 gives them."""

    customer_id: str
    segment: str | None
    product_id: str
    product_name: str
    rank: int
    strength: Strength | None
    is_new: bool
    n_questions: int
    answers_end_on: date | None
    last_talk_at: datetime | None
    points: int


def admit_advisor(
    connection: Connection, secrets: Secrets, customer_id: str, advisor_id: str, *, asked_by: str, reading: str
) -> bool:
    """Whether the customer is in the advisor's portfolio today; who is let in, and to what, is written down."""
    row = connection.execute(
        "select serving.admit_advisor(%s, %s, %s, %s)",
        [customer_id, advisor_key(connection, secrets, advisor_id), asked_by, reading],
    ).fetchone()
    assert row is not None
    return bool(row[0])


def read_portfolio(
    connection: Connection,
    secrets: Secrets,
    advisor_id: str,
    wanted: Wanted,
    *,
    after: str = "",
    n_customers: int,
    asked_by: str,
) -> list[ListedCustomer]:
    """The next `n_customers` after the id `after` that are `wanted`, by id; that they were listed is written down."""
    with connection.cursor(row_factory=class_row(ListedCustomer)) as cursor:
        return cursor.execute(
            "select * from serving.read_portfolio(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                advisor_key(connection, secrets, advisor_id),
                asked_by,
                wanted.beginning,
                after,
                n_customers,
                wanted.segment,
                wanted.age_from,
                wanted.holding,
                wanted.recommended,
                wanted.category,
                wanted.has_list,
                wanted.answered,
                wanted.within_days,
            ],
        ).fetchall()


def read_best_conversations(
    connection: Connection, secrets: Secrets, advisor_id: str, *, asked_by: str, pause_days: int = PAUSE_DAYS
) -> list[Conversation]:
    """The day's best conversations across the portfolio, best first; that they were listed is written down."""
    with connection.cursor(row_factory=class_row(Conversation)) as cursor:
        return cursor.execute(
            "select * from serving.read_best_conversations(%s, %s, %s, %s, %s)",
            [
                advisor_key(connection, secrets, advisor_id),
                asked_by,
                N_CONVERSATIONS,
                pause_days,
                VALID_DAYS,
            ],
        ).fetchall()


def read_segments(connection: Connection) -> list[str]:
    """The segments of the publication that is read."""
    rows = connection.execute(
        "select segment from reporting.segments where is_current and segment is not null order by segment"
    ).fetchall()
    return [row[0] for row in rows]


def advisor_key(connection: Connection, secrets: Secrets, advisor_id: str) -> str:
    """The advisor's pseudonym under the version of the key that is in force for whoever reads now."""
    row = connection.execute(
        "select coalesce(max(version), 1) from ops.key_versions where key_name = 'pseudonym_key'"
    ).fetchone()
    assert row is not None
    return str(pseudonyms([advisor_id], secrets.version("pseudonym_key", row[0]), "advisor_key")[0])
