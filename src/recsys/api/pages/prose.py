"""Words that people write into a form."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from recsys.api.routes.questions import LONGEST, Prose

_PROSE = TypeAdapter(Prose)
__all__ = ["LONGEST", "is_prose"]


def is_prose(text: str) -> bool:
    """Whether the API would take `text` as a question or an answer."""
    try:
        _PROSE.validate_python(text)
    except ValidationError:
        return False
    return True
