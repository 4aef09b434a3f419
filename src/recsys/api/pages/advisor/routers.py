"""All pages of advisors."""

from __future__ import annotations

from recsys.api.pages.advisor import answering, customer, outcome, overrides, portfolio, today

ROUTERS = (today.router, portfolio.router, customer.router, outcome.router, overrides.router, answering.router)
