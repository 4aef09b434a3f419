"""What is answered when something goes wrong: a document to programs, a page to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from recsys.api.pages.problem_page import problem_page, wants_page
from recsys.api.problems import Problem, problem_response
from recsys.io.postgres import BROKEN_OFF

# Of what the framework itself refuses. Standard phrases change with the version of Python, and kinds are for ever.
_KINDS = {
    HTTPStatus.BAD_REQUEST: "bad-request",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content-too-large",
}


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` as a problem document."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(BROKEN_OFF, _of_database)


def answer_problem(
    request: Request,
    status: HTTPStatus,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[dict[str, Any]] = (),
) -> Response:
    """As whoever asks can read it."""
    if wants_page(request):
        return problem_page(request, status, kind, headers or {})
    return problem_response(status, kind, detail, headers=headers, errors=errors)


def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer_problem(request, error.status, error.kind, error.detail, headers=error.headers, errors=error.errors)


def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return answer_problem(request, status, _KINDS[status], str(error.detail), headers=headers)


def _methods(request: Request) -> list[str]:
    """All methods of the path that is asked for: the framework names those of the first of its routes."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in routes for method in getattr(route, "methods", None) or ()})


def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Without the input: it may be a value of a person.
    errors = [{"where": list(one["loc"]), "why": one["msg"]} for one in error.errors()]
    detail = "The request does not fit the document at /openapi.json; `errors` says where."
    return answer_problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


def _of_database(request: Request, error: Exception) -> Response:
    detail = "The database does not answer now; ask again."
    return answer_problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", detail, headers={"Retry-After": "5"})
