"""Whose portfolio an advisor's pages are about."""

from __future__ import annotations

from recsys.api.access import nothing_known
from recsys.api.principal import Principal


def advisor_id_of(visitor: Principal) -> str:
    """The id under which the bank's feed knows the advisor. Raises `Problem` 404 for an advisor without one."""
    if not visitor.advisor_id:
        raise nothing_known()
    return visitor.advisor_id
