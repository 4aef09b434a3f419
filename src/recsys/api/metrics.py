"""What is measured of requests, for Prometheus: by route and never by who asked for whom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.api.failures import route_of
from recsys.io.pool import LoopPool, Pool

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Anybody may make up a method, and each label of a measure is kept.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Metrics:
    """The measures of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "recsys_api_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "recsys_api_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("method", "route"),
            registry=self.registry,
            buckets=_SECONDS,
        )
        self._connections = Gauge(
            "recsys_api_connections", "Connections to PostgreSQL.", ("state",), registry=self.registry
        )

    def watch_pools(self, *pools: Pool | LoopPool) -> None:
        """Tell of the connections of `pools` together whenever the measures are read."""
        for state, measure in (("open", "pool_size"), ("idle", "pool_available"), ("awaited", "requests_waiting")):
            self._connections.labels(state).set_function(partial(_read_measure, pools, measure))


def _read_measure(pools: Sequence[Pool | LoopPool], name: str) -> float:
    # What never happened is left out of its figures.
    return sum(pool.get_stats().get(name, 0) for pool in pools)


class Measured:
    """Counts each request and its seconds."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = route_of(scope)
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)
