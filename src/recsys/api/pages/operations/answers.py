"""What customers answered, and counting it again."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.operations.figure import Table
from recsys.api.pages.operations.pictures import figures_of
from recsys.api.pages.operations.voice import Voice, voice_of
from recsys.api.pages.rendering import page, see_other
from recsys.api.pages.visiting import OperationsVisitor
from recsys.io.feedback_counts import count_feedback, last_counted
from recsys.io.reporting import Row, read_answers

router = APIRouter(include_in_schema=False)

_NOT_MORE_OFTEN = timedelta(minutes=1)


@router.get("/operations/answers")
def answers(request: Request, visitor: OperationsVisitor, connection: Db) -> Response:
    """Feedback and conversion, as counted last."""
    voice = voice_of(request)
    counted_at = last_counted(connection)
    rows = read_answers(connection)
    return page(
        request,
        "operations/answers.html.j2",
        counted_at=counted_at,
        answers=_table(voice, rows),
        figures=figures_of(connection, voice, "conversion", "clicks-by-position"),
    )


@router.post("/operations/answers")
def count_again(request: Request, visitor: OperationsVisitor, connection: Db, form: CheckedForm) -> Response:
    """Count what was answered since."""
    count_feedback(connection, _NOT_MORE_OFTEN)
    return see_other("/operations/answers")


def kind_name(voice: Voice, kind: str) -> str:
    """What a customer did."""
    _ = voice.gettext
    names = {
        "shown": _("shown"),
        "clicked": _("clicked"),
        "dismissed": _("dismissed"),
        "rated": _("rated"),
        "applied": _("applied"),
        "accepted": _("taken"),
        "rejected": _("turned down"),
    }
    return names.get(kind, kind)


def _table(voice: Voice, rows: list[Row]) -> Table:
    _ = voice.gettext
    channels = sorted({row["channel"] for row in rows})
    by_kind: dict[str, dict[str, int]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], {})[row["channel"]] = row["n_answers"]
    return Table(
        _("Answers of all customers by kind and channel; what too few said is left out"),
        (_("Answer"), *channels),
        [
            (
                kind_name(voice, kind),
                *("" if channel not in told else voice.number(told[channel]) for channel in channels),
            )
            for kind, told in sorted(by_kind.items(), key=lambda one: -sum(one[1].values()))
        ],
        frozenset(range(1, len(channels) + 1)),
    )
