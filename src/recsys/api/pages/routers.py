"""All pages."""

from __future__ import annotations

from recsys.api.pages import signing_in
from recsys.api.pages.advisor.routers import ROUTERS as ADVISOR
from recsys.api.pages.customer.routers import ROUTERS as CUSTOMER
from recsys.api.pages.operations.routers import ROUTERS as OPERATIONS

ROUTERS = (signing_in.router, *CUSTOMER, *ADVISOR, *OPERATIONS)
