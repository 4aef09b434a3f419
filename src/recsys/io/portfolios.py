"""Whose customers an advisor looks after, as the bank's feed says."""

from __future__ import annotations

from recsys.io.postgres import Connection
from recsys.io.secrets import Secrets
from recsys.privacy.keys import pseudonyms


def admit_advisor(
    connection: Connection, secrets: Secrets, customer_id: str, advisor_id: str, *, asked_by: str, reading: str
) -> bool:
    """Whether the customer is in the advisor's portfolio today; who is let in, and to what, is written down."""
    row = connection.execute(
        "select serving.admit_advisor(%s, %s, %s, %s)",
        [customer_id, _advisor_key(connection, secrets, advisor_id), asked_by, reading],
    ).fetchone()
    assert row is not None
    return bool(row[0])


def _advisor_key(connection: Connection, secrets: Secrets, advisor_id: str) -> str:
    """The advisor's pseudonym under the version of the key that is in force for whoever reads now."""
    row = connection.execute(
        "select coalesce(max(version), 1) from ops.key_versions where key_name = 'pseudonym_key'"
    ).fetchone()
    assert row is not None
    return str(pseudonyms([advisor_id], secrets.version("pseudonym_key", row[0]), "advisor_key")[0])
