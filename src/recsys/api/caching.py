"""Answers that need not be sent again: an entity tag of what is answered, and who may keep it.

The tag is made of the answer itself and not of the publication: an objection, a withdrawn consent and a withdrawn
product change what is answered within a publication, and whoever holds the old answer must not be told that it stands.
For the same reason nobody may use a kept answer without asking, and none but the caller's own cache may keep it.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

# What routes that answer so declare beside their model.
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What was answered before, under the entity tag of If-None-Match, still stands."}
}


def cached(request: Request, answer: BaseModel) -> Response:
    """`answer` with its entity tag, or 304 without it where the caller has it already (RFC 9110, 13.1.2)."""
    body = answer.model_dump_json().encode()
    headers = {**_HEADERS, "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
    if _has(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _has(if_none_match: str, etag: str) -> bool:
    # Weakly compared: a proxy that compresses may have marked the tag as weak.
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in known or "*" in known
