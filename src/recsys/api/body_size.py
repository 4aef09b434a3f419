"""How long the body of a request may be."""

from __future__ import annotations

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.api.problems import problem_response

_STATUS = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class BodySize:
    """Turns away bodies of more than `most` bytes: at once where they say so, otherwise when so many have come."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app, self._most = app, most
        self._detail = f"A request may have a body of {most:,} bytes; send it in parts."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        # Without the sign that `int` would take; a server has refused what is no number at all.
        if declared.isascii() and declared.isdigit() and int(declared) > self._most:
            # The connection ends, and what was not read with it.
            headers = {"Connection": "close"}
            answer = problem_response(_STATUS, "content-too-large", self._detail, headers=headers)
            await answer(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        n_bytes = 0

        async def receive_counted() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._most:
                # The one kind of error that FastAPI lets pass while it reads a body.
                raise HTTPException(_STATUS, self._detail, {"Connection": "close"})
            return message

        return receive_counted
