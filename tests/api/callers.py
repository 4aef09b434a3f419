"""Everybody who may ask about the customer c2, who is in anna's portfolio."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx
from tests.api.running_api import RunningApi

CUSTOMER_ID = "c2"
CALLERS: Mapping[str, Callable[[RunningApi], httpx.Client]] = {
    "nobody": RunningApi.as_nobody,
    "own customer": lambda api: api.as_customer(CUSTOMER_ID),
    "other customer": lambda api: api.as_customer("c3"),
    "own advisor": lambda api: api.as_advisor("anna"),
    "other advisor": lambda api: api.as_advisor("bert"),
    "system": RunningApi.as_system,
    "admin": RunningApi.as_admin,
}
