"""What the customer allows, objects to and asks for: decisions that count from the next page on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from recsys.api.dependencies import Db, SettingsOf
from recsys.api.pages.customer.answer_words import said_after
from recsys.api.pages.customer.own import OwnKey
from recsys.api.pages.customer.privacy_words import consent_means, request_kinds, request_states
from recsys.api.pages.customer.product_words import purpose_title
from recsys.api.pages.forms import CheckedForm
from recsys.api.pages.languages import Words, words_of
from recsys.api.pages.rendering import is_partial, page, see_other
from recsys.api.pages.visiting import CustomerVisitor
from recsys.api.principal import Principal, Scope
from recsys.api.problems import Problem
from recsys.api.routes.consents import Purpose
from recsys.io.consents import lift_objection, object_to_profiling, read_consents, read_suppressions, record_consent
from recsys.io.filed_requests import OwnKind, file_own_request, read_own_requests
from recsys.io.postgres import Connection
from recsys.privacy.standing_consents import standing_consents
from recsys.settings import Settings

router = APIRouter(include_in_schema=False, prefix="/me/privacy")

CHANNEL = "web"
_ON, _OFF = "true", "false"


@dataclass(frozen=True, slots=True)
class Switch:
    """A decision that can be turned on and off; `decided_at` None: nothing was said yet."""

    purpose: str
    title: str
    means: str
    is_on: bool
    decided_at: datetime | None


@router.get("")
def show_privacy(
    request: Request,
    visitor: CustomerVisitor,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
    done: str = "",
) -> Response:
    """All decisions with what they do, and the requests that were filed."""
    words = words_of(request)
    values = _values(words, connection, settings, visitor, key)
    return page(request, "customer/privacy.html.j2", said=said_after(words).get(done, ""), **values)


@router.post("/consents/{purpose}")
def decide(
    request: Request,
    purpose: Purpose,
    form: CheckedForm,
    visitor: CustomerVisitor,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Give or withdraw the consent to one purpose."""
    record_consent(
        connection,
        key,
        purpose,
        is_granted=_wanted(form),
        on_withdrawal=settings.on_objection,
        channel=CHANNEL,
        asked_by=Scope.CUSTOMER,
    )
    return _privacy_again(request, connection, settings, visitor, key)


@router.post("/objection")
def object_or_not(
    request: Request,
    form: CheckedForm,
    visitor: CustomerVisitor,
    key: OwnKey,
    connection: Db,
    settings: SettingsOf,
) -> Response:
    """Object to profiling, or take that back."""
    if _wanted(form):
        object_to_profiling(connection, key, settings.on_objection, asked_by=Scope.CUSTOMER)
    else:
        lift_objection(connection, key, asked_by=Scope.CUSTOMER)
    return _privacy_again(request, connection, settings, visitor, key)


@router.post("/requests")
def file_request(form: CheckedForm, visitor: CustomerVisitor, key: OwnKey, connection: Db) -> Response:
    """Ask for the complete copy, or for the data to take along; asked again while one is open, it is that one."""
    kind = form.get("kind")
    for known in get_args(OwnKind):
        if kind == known:
            file_own_request(connection, key, known)
            return see_other("/me/privacy?done=requested")
    raise _unusable()


def _wanted(form: dict[str, str]) -> bool:
    """What the switch is turned to: said by the form, so that an old page turns nothing around."""
    wanted = form.get("turn_to", "")
    if wanted not in (_ON, _OFF):
        raise _unusable()
    return wanted == _ON


def _privacy_again(
    request: Request, connection: Connection, settings: Settings, visitor: Principal, key: str
) -> Response:
    if not is_partial(request):
        return see_other("/me/privacy?done=consent")
    words = words_of(request)
    values = _values(words, connection, settings, visitor, key)
    return page(request, "customer/_switches.html.j2", said=said_after(words)["consent"], **values)


def _values(words: Words, connection: Connection, settings: Settings, visitor: Principal, key: str) -> dict[str, Any]:
    asked_by = Scope.CUSTOMER
    suppressions = {one["reason"]: one for one in read_suppressions(connection, key, asked_by)}
    return {
        "switches": _switches(words, settings, read_consents(connection, key, asked_by)),
        "objection": suppressions.get("objected"),
        "restriction": suppressions.get("restricted"),
        "serves": settings.on_objection,
        "requests": read_own_requests(connection, key, asked_by),
        "request_kinds": request_kinds(words),
        "request_states": request_states(words),
    }


def _switches(words: Words, settings: Settings, decisions: Sequence[dict[str, Any]]) -> list[Switch]:
    means = consent_means(words, settings.on_objection)
    return [
        Switch(
            one.purpose,
            purpose_title(words, one.purpose),
            means[one.purpose],
            is_on=bool(one.is_granted),
            decided_at=one.recorded_at,
        )
        for one in standing_consents(decisions)
    ]


def _unusable() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "unusable-form", "The form lacks something: load the page again.")
