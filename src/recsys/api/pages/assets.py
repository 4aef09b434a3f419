"""Styles and scripts of the pages, which come with the package."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.resources import files
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PATH = "/static"
_FOLDER = Path(str(files(__package__).joinpath("static")))


@cache
def asset(name: str) -> str:
    """The address of a file of `static/`, which changes when it does."""
    digest = hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{PATH}/{name}?{digest}"


class Assets(StaticFiles):
    """Answers files of `static/`: browsers may keep them for as long as their address stands."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Called by Starlette for a file that is there."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
