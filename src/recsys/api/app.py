"""The REST API: routes over the serving tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from recsys.api.problems import add_problem_handlers
from recsys.api.routes import health
from recsys.io.pool import open_pool
from recsys.io.postgres import open_database
from recsys.settings import Settings

ROLE = "api"
_ROUTERS = (health.router,)


def build_app(settings: Settings) -> FastAPI:
    """The application; it connects to PostgreSQL when it starts and lets go when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_pool(open_database(settings), ROLE, least=2, most=settings.api_connections) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(
        title="recsys",
        version=version("recsys"),
        summary="A bank's published recommendations, why they are given, and what customers answer.",
        lifespan=lifespan,
    )
    app.state.settings = settings
    add_problem_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    return app
