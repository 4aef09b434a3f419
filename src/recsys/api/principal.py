"""Who calls, as the token says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """What a token lets its bearer be."""

    CUSTOMER = "customer"  # own data
    ADVISOR = "advisor"  # the customers of the own portfolio
    SYSTEM = "system"  # another system of the bank: every customer
    ADMIN = "admin"  # operations: figures, no customer


@dataclass(frozen=True, slots=True)
class Principal:
    """The bearer of a token: `subject` to the issuer, and to the bank the customer or the advisor of these ids."""

    subject: str
    scopes: frozenset[Scope]
    customer_id: str | None = None
    advisor_id: str | None = None

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> Principal:
        """From the claims of a verified token: `scope`, `customer_id` and `advisor_id`; other scopes are left out."""
        named = set(str(claims.get("scope", "")).split())
        scopes = frozenset(scope for scope in Scope if scope in named)
        return cls(str(claims["sub"]), scopes, claims.get("customer_id"), claims.get("advisor_id"))
