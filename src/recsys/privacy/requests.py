"""Requests of customers about their data: what may be asked for, and in what state a request is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from recsys.privacy.keys import pseudonyms

if TYPE_CHECKING:
    from collections.abc import Sequence

TOMBSTONE_DOMAIN = "tombstone"


class RequestKind(StrEnum):
    """What a customer may ask for, with the article of the GDPR that says so."""

    ACCESS = "access"  # art. 15
    EXPORT = "export"  # art. 20
    RECTIFY = "rectify"  # art. 16
    ERASE = "erase"  # art. 17
    RESTRICT = "restrict"  # art. 18
    OBJECT = "object"  # art. 21
    CONSENT = "consent"  # art. 7(3)


class RequestState(StrEnum):
    """How far a request is."""

    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def tombstone_hashes(customer_ids: Sequence[str], key: bytes) -> list[str]:
    """HMAC of each customer id (n,) under the installation's `tombstone_key`, which never rotates, as uuid text.

    It says of an id that is given whether it was erased, and gives no id away.
    """
    return list(pseudonyms(customer_ids, key, TOMBSTONE_DOMAIN).to_pylist())
