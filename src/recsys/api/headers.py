"""Headers of every answer that keep browsers and caches from doing with it what nobody meant."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # What is answered is read by programs: a browser that was led here loads, runs and frames nothing.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What is of one person stays nowhere on the way; a route that knows better says so.
    "Cache-Control": "no-store",
}
_ONE_YEAR = "max-age=31536000"


class SecurityHeaders:
    """Adds each of the headers that a route has not set itself; over HTTPS also that it stays HTTPS."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._headers = _HEADERS | ({"Strict-Transport-Security": _ONE_YEAR} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
