"""The customer of a route: whoever may not see this customer gets no further."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from recsys.api.access import require_customer
from recsys.api.dependencies import Caller, Db, SettingsOf
from recsys.api.identifiers import CustomerIdOfPath


def _customer(
    customer_id: CustomerIdOfPath, request: Request, caller: Caller, connection: Db, settings: SettingsOf
) -> str:
    reading = f"{request.method} {request.scope['route'].path}"
    require_customer(caller, customer_id, connection, settings, reading=reading)
    return customer_id


# The id in the path, once it is known that the caller may ask about this customer.
CustomerOf = Annotated[str, Depends(_customer)]
