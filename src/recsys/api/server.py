"""The API as a process: `python -m recsys.api.server`."""

from __future__ import annotations

import uvicorn

from recsys.api.app import build_app
from recsys.settings import Settings


def build_server(settings: Settings) -> uvicorn.Server:
    """A server of the API on the address that is set; it does not say what it is made with."""
    config = uvicorn.Config(
        build_app(settings),
        host=settings.listen_host,
        port=settings.api_port,
        server_header=False,
        # Paths hold customer ids: /metrics counts requests, by route and without them.
        access_log=False,
        timeout_graceful_shutdown=10,
    )
    return uvicorn.Server(config)


if __name__ == "__main__":
    build_server(Settings()).run()
