"""The customer of a route: whoever may not see this customer gets no further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from recsys.api.access import admits_at_once, require_customer
from recsys.api.dependencies import Caller, pool_of
from recsys.api.identifiers import CustomerIdOfPath
from recsys.api.principal import Principal


@dataclass(frozen=True, slots=True)
class Admitted:
    """A customer, and who may ask about him and does."""

    customer_id: str
    caller: Principal


async def _admitted(customer_id: CustomerIdOfPath, request: Request, caller: Caller) -> Admitted:
    if not admits_at_once(caller, customer_id):
        await run_in_threadpool(_require, caller, customer_id, request)
    return Admitted(customer_id, caller)


def _require(caller: Principal, customer_id: str, request: Request) -> None:
    reading = f"{request.method} {request.scope['route'].path}"
    # A transaction of its own: a look stays written down, whatever comes of it.
    with pool_of(request).connection() as connection:
        require_customer(caller, customer_id, connection, request.app.state.settings, reading=reading)


# Of the id in the path, once it is known that the caller may ask about this customer.
CustomerOf = Annotated[Admitted, Depends(_admitted)]
