"""Whose pages these are: every page and form below `/me` is about the visitor, and names nobody."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from recsys.api.access import admitted_key, nothing_known
from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.visiting import CustomerVisitor


def _own_id(visitor: CustomerVisitor) -> str:
    """Raises `Problem` 404 for somebody of whom the provider does not say which customer he is."""
    if not visitor.customer_id:
        raise nothing_known()
    return visitor.customer_id


OwnId = Annotated[str, Depends(_own_id)]


def _own_key(
    request: Request, visitor: CustomerVisitor, customer_id: OwnId, connection: Db, settings: SettingsOf
) -> str:
    return admitted_key(visitor, customer_id, connection, settings, reading=str(request.scope["route"].path))


# The key under which the customer's words are written and read; 404 for one who is in no feed and no publication.
OwnKey = Annotated[str, Depends(_own_key)]
