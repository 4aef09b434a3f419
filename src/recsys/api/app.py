"""The REST API over the serving tables, and the pages for people."""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI

from recsys.api.body_size import BodySize
from recsys.api.documentation import document_problems
from recsys.api.failures import Failures
from recsys.api.headers import SecurityHeaders
from recsys.api.issuer import routes as issuer_routes
from recsys.api.issuer.server import Issuer
from recsys.api.limits import RateLimits
from recsys.api.metrics import Measured, Metrics
from recsys.api.pages import routers as pages
from recsys.api.pages.assets import PATH as ASSETS
from recsys.api.pages.assets import Assets
from recsys.api.pages.providers import provider_of
from recsys.api.pages.session import Cookies
from recsys.api.problem_answers import add_problem_handlers
from recsys.api.routes import (
    changes,
    consents,
    feedback,
    objection,
    operations,
    products,
    publications,
    questions,
    recommendations,
    why,
)
from recsys.api.tokens import TokenVerifier
from recsys.io.lookups import Lookups
from recsys.io.oidc_provider import read_provider_keys
from recsys.io.pool import loop_pool, open_pool
from recsys.io.postgres import open_database
from recsys.io.secrets import read_secrets
from recsys.settings import Settings

ROLE = "api"
# Few of them answer many lookups, several by one query.
_SHARE_FOR_LOOKUPS = 0.2
_ROUTERS = (
    operations.router,
    recommendations.router,
    why.router,
    products.router,
    publications.router,
    changes.router,
    feedback.router,
    consents.router,
    objection.router,
    questions.router,
)


def build_app(settings: Settings) -> FastAPI:
    """The application; it connects to PostgreSQL when it starts and lets go when it stops."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.cookies = pages_cookies(settings)
        database, for_lookups = open_database(settings), math.ceil(settings.api_connections * _SHARE_FOR_LOOKUPS)
        with open_pool(database, ROLE, most=settings.api_connections - for_lookups) as pool:
            async with loop_pool(database, ROLE, most=for_lookups) as lookups:
                app.state.pool, app.state.lookups = pool, Lookups(lookups)
                metrics.watch_pools(pool, lookups)
                yield

    app = FastAPI(
        title="recsys",
        version=version("recsys"),
        summary="A bank's published recommendations, why they are given, and what customers answer.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; the document itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings, app.state.metrics = settings, metrics
    issuer = None if settings.oidc_issuer else Issuer(settings)
    app.state.issuer, app.state.verifier = issuer, _verifier(settings, issuer)
    app.state.limits = RateLimits(person=settings.api_person_requests, system=settings.api_system_requests)
    app.state.provider = provider_of(settings, issuer)
    add_problem_handlers(app)
    for router in (*_ROUTERS, *(issuer_routes.ROUTERS if issuer else ()), *pages.ROUTERS):
        app.include_router(router)
    app.mount(ASSETS, Assets())
    document_problems(app)
    # From the inside out.
    app.add_middleware(BodySize, most=settings.api_body_bytes)
    app.add_middleware(Failures)
    app.add_middleware(Measured, metrics=metrics)
    app.add_middleware(SecurityHeaders, is_secure=_is_secure(settings))
    return app


def pages_cookies(settings: Settings) -> Cookies:
    """What tells who is signed in at the pages of this installation, in whichever process."""
    secret = read_secrets(settings.home).service_key("pages_session_secret")
    return Cookies(hashlib.sha256(secret.encode()).digest(), is_secure=_is_secure(settings))


def _is_secure(settings: Settings) -> bool:
    return settings.api_address.startswith("https://")


def _verifier(settings: Settings, issuer: Issuer | None) -> TokenVerifier:
    if issuer:
        return TokenVerifier(issuer.address, settings.api_audience, lambda: issuer.keys)
    read_keys = partial(read_provider_keys, settings.oidc_issuer)
    return TokenVerifier(settings.oidc_issuer, settings.api_audience, read_keys)
