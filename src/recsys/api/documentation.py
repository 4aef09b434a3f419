"""The OpenAPI document: what every route answers when it does not answer what was asked for, said once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from recsys.api.problems import MEDIA_TYPE, ProblemDocument

_SCHEMA = "ProblemDocument"
_METHODS = ("get", "put", "post", "delete", "patch")
# By status: what it is called among the document's responses, and what it says.
_PROBLEMS = {
    "401": ("Unauthorized", "There is no access token that counts."),
    "403": ("Forbidden", "The token's scopes do not permit this."),
    "404": ("NotFound", "Nothing is there, or nothing that may be told to whoever asks."),
    "413": ("TooLarge", "The body is larger than is taken."),
    "422": ("Invalid", "The request does not fit this document; `errors` says where and why."),
    "429": ("TooMany", "Too many requests; `Retry-After` says in how many seconds to ask again."),
    "default": ("Problem", "Anything else that goes wrong."),
}


def document_problems(app: FastAPI) -> None:
    """Give `app` an OpenAPI document in which each operation points to the problems that it may answer with."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(
                get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to have another document


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    # The framework's own shape of errors, which is answered by no route.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas[_SCHEMA] = ProblemDocument.model_json_schema()
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_SCHEMA}"}}}
    components["responses"] = {
        name: {"description": description, "content": content} for name, description in _PROBLEMS.values()
    }
    for path, operations in document["paths"].items():
        for method in operations.keys() & set(_METHODS):
            operation = operations[method]
            operation["responses"].pop("422", None)
            for status in _statuses(path, operation):
                reference = {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"}
                operation["responses"].setdefault(status, reference)
    return document


def _statuses(path: str, operation: Mapping[str, Any]) -> list[str]:
    """The problems that an operation may answer with, as its security, parameters and body tell."""
    is_guarded, has_body = "security" in operation, "requestBody" in operation
    applies = {
        "401": is_guarded,
        "403": is_guarded,
        "404": "{" in path,
        "413": has_body,
        "422": has_body or "parameters" in operation,
        "429": is_guarded,
        "default": True,
    }
    return [status for status, does in applies.items() if does]
