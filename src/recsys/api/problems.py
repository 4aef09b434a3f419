"""Errors as problem documents (RFC 9457): one shape for everything that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from recsys.io.postgres import BROKEN_OFF

MEDIA_TYPE = "application/problem+json"
TYPES = "https://recsys.example/problems/"
# Of what the framework itself refuses. Standard phrases change with the version of Python, and kinds are for ever.
_KINDS = {
    HTTPStatus.BAD_REQUEST: "bad-request",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content-too-large",
}


class Problem(Exception):  # noqa: N818 - the document's own name
    """What is answered instead of what was asked for.

    `kind` is stable and names the problem type; `detail` says what was expected, what was found and what to do. Neither
    may hold a value of a person.
    """

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[dict[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers, self.errors = dict(headers or {}), list(errors)


class ProblemDocument(BaseModel):
    """The body of every error."""

    type: str = Field(examples=[f"{TYPES}not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Nothing is published for this customer."])
    errors: list[dict[str, Any]] = Field(default=[], description="Of a request that does not fit: where and why.")


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` as a problem document."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(BROKEN_OFF, _of_database)


def problem_response(
    status: HTTPStatus,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[dict[str, Any]] = (),
) -> JSONResponse:
    """A problem document as a response."""
    title = kind.replace("-", " ").capitalize()
    document = ProblemDocument(type=f"{TYPES}{kind}", title=title, status=status, detail=detail, errors=list(errors))
    return JSONResponse(
        document.model_dump(exclude_defaults=not errors), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def _of_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return problem_response(error.status, error.kind, error.detail, headers=error.headers, errors=error.errors)


def _of_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return problem_response(status, _KINDS[status], str(error.detail), headers=headers)


def _methods(request: Request) -> list[str]:
    """All methods of the path that is asked for: the framework names those of the first of its routes."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in route.methods})


def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Without the input: it may be a value of a person.
    errors = [{"where": list(one["loc"]), "why": one["msg"]} for one in error.errors()]
    detail = "The request does not fit the document at /openapi.json; `errors` says where."
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


def _of_database(request: Request, error: Exception) -> JSONResponse:
    detail = "The database does not answer now; ask again."
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, headers={"Retry-After": "5"})
