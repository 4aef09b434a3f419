"""All pages."""

from __future__ import annotations

from recsys.api.pages import signing_in

ROUTERS = (signing_in.router,)
