"""Errors as problem documents (RFC 9457): one shape for everything that goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
TYPES = "https://recsys.example/problems/"


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
