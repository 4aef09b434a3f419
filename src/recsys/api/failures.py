"""What nobody foresaw: told in the log without values, and to the caller not at all."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.api.problem_answers import answer_problem

_LOG = logging.getLogger("recsys.api")


class Failures:
    """Answers 500 where a route fails. A foreign error's message may quote a row: its kind and place are logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            if scope["type"] != "http":
                raise
            _LOG.error("%s %s failed\n%s", scope["method"], route_of(scope), without_values(error))
            if has_begun:
                # Half an answer must not look like a whole one.
                raise ConnectionAbortedError("An answer was broken off.") from None
            answer = answer_problem(
                Request(scope),
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "internal-error",
                "This failed, and it is not your fault.",
            )
            await answer(scope, receive, send)


def route_of(scope: Scope) -> str:
    """The template of a request's path, such as `/v1/customers/{customer_id}`, or `unknown` where there is no route."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def without_values(error: BaseException) -> str:
    """The traceback of `error` and of what it came from, with the kinds of errors in the place of their messages."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = "".join(traceback.format_tb(seen.__traceback__))
        parts.append(f"{type(seen).__module__}.{type(seen).__qualname__}\n{frames}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "after\n".join(parts)
