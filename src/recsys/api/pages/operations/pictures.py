"""Every figure by its name, and as a picture for light and dark ground, wide and narrow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db
from recsys.api.pages.operations import (
    answer_figures,
    model_figures,
    publication_figures,
    run_figures,
    segment_figures,
)
from recsys.api.pages.operations.figure import Figure
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.visiting import OperationsVisitor
from recsys.api.problems import Problem
from recsys.io.postgres import Connection
from recsys.monitoring.plots.drawing import NumberMarks, as_svg
from recsys.monitoring.plots.look import Look

router = APIRouter(include_in_schema=False)

Build = Callable[[Connection, Voice], Figure | None]
FIGURES: Mapping[str, Build] = {
    "product-mix": publication_figures.product_mix,
    "rules": publication_figures.rules,
    "eliminations": publication_figures.eliminations,
    "scores": publication_figures.scores,
    "segment-coverage": segment_figures.segment_coverage,
    "segment-products": segment_figures.segment_products,
    "conversion": answer_figures.conversion,
    "clicks-by-position": answer_figures.clicks_by_position,
    "model-history": model_figures.model_history,
    "candidates": model_figures.candidates,
    "step-timings": run_figures.step_timings,
    "quarantined": run_figures.quarantined,
}
# Twelve figures on two grounds, in two widths and languages, with some of the publication before.
_KEPT_PICTURES = 150


@router.get("/operations/figures/{name}.svg")
def picture(
    request: Request,
    visitor: OperationsVisitor,
    connection: Db,
    name: str,
    theme: Literal["light", "dark"] = "light",
    width: Literal["wide", "narrow"] = "wide",
) -> Response:
    """A figure of today. Drawn once for what it shows: its entity tag is that of the drawing's specification."""
    voice = voice_of(request)
    figure = FIGURES[name](connection, voice) if name in FIGURES else None
    if figure is None:
        raise Problem(HTTPStatus.NOT_FOUND, "no-such-figure", "There is no such figure, or nothing to show on it yet.")
    look = Look(is_dark=theme == "dark", is_narrow=width == "narrow")
    specification = json.dumps(figure.draw(figure.told, look), sort_keys=True)
    tag = f'"{hashlib.sha256(f"{voice.marks}{specification}".encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(_drawn(specification, voice.marks), media_type="image/svg+xml", headers=headers)


def figures_of(connection: Connection, voice: Voice, *names: str) -> list[Figure]:
    """Those of `names` that there is something to show on."""
    built = (FIGURES[name](connection, voice) for name in names)
    return [figure for figure in built if figure is not None]


@lru_cache(maxsize=_KEPT_PICTURES)
def _drawn(specification: str, marks: NumberMarks) -> bytes:
    return as_svg(json.loads(specification), marks).encode()
