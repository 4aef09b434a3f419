"""Who has signed in at the pages: a cookie that says so, sealed, so that nobody reads or makes one."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from fastapi import Request, Response

from recsys.api.principal import Principal, Scope
from recsys.errors import SettingsError
from recsys.io.sealing import seal, unseal

# A bank's usual ones: away for half an hour, or signed in for a working day.
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 8 * 3600
# A page that is loaded so soon after another renews nothing.
_RENEWED_AFTER_SECONDS = 60
_SIGNING_IN_SECONDS = 10 * 60


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in at `signed_in_at` and was last seen at `seen_at` (seconds since 1970).

    `csrf` goes into each form: another site can send a browser here, but does not know it.
    """

    principal: Principal
    signed_in_at: int
    seen_at: int
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def is_over(self, now: float) -> bool:
        """Whether he must sign in again."""
        return now > min(self.seen_at + IDLE_SECONDS, self.signed_in_at + LONGEST_SECONDS)


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Somebody who was sent to the provider, and what he must bring back; `verifier` is PKCE's (RFC 7636)."""

    state: str
    verifier: str
    leads_to: str
    began_at: int


class Cookies:
    """Sessions as cookies of one installation. Over HTTPS their name keeps them from being set for other hosts."""

    def __init__(self, key: bytes, *, is_secure: bool) -> None:
        self._key, self._is_secure = key, is_secure
        prefix = "__Host-" if is_secure else ""
        self._session, self._signing_in = f"{prefix}recsys-session", f"{prefix}recsys-signing-in"

    def session(self, request: Request) -> Session | None:
        """Who asks; None where nobody has signed in, or too long ago."""
        told = self._open(request, self._session)
        if told is None:
            return None
        principal = told.pop("principal")
        principal["scopes"] = frozenset(map(Scope, principal["scopes"]))
        session = Session(Principal(**principal), **told)
        return None if session.is_over(time.time()) else session

    def keep(self, response: Response, session: Session) -> None:
        """Let the bearer of `response` be signed in from now on."""
        told = asdict(session)
        told["principal"]["scopes"] = sorted(session.principal.scopes)
        self._set(response, self._session, told, LONGEST_SECONDS)

    def renew(self, response: Response, session: Session) -> None:
        """He was seen now."""
        now = int(time.time())
        if now - session.seen_at >= _RENEWED_AFTER_SECONDS:
            self.keep(response, replace(session, seen_at=now))

    def signing_in(self, request: Request) -> SigningIn | None:
        """What was kept when he was sent to the provider; None after ten minutes."""
        told = self._open(request, self._signing_in)
        begun = SigningIn(**told) if told else None
        return begun if begun and time.time() <= begun.began_at + _SIGNING_IN_SECONDS else None

    def begin(self, response: Response, signing_in: SigningIn) -> None:
        """Keep it until he comes back."""
        self._set(response, self._signing_in, asdict(signing_in), _SIGNING_IN_SECONDS)

    def forget(self, response: Response) -> None:
        """Nobody is signed in, and nobody is about to be."""
        for name in (self._session, self._signing_in):
            response.delete_cookie(name, secure=self._is_secure, httponly=True, samesite="lax")

    def _open(self, request: Request, name: str) -> dict[str, Any] | None:
        sealed = request.cookies.get(name)
        if not sealed:
            return None
        try:
            return dict(json.loads(unseal(base64.urlsafe_b64decode(sealed), self._key, name)))
        except (SettingsError, binascii.Error, ValueError):
            # Of another installation, or made up: for us, nobody is signed in.
            return None

    def _set(self, response: Response, name: str, told: dict[str, Any], seconds: int) -> None:
        sealed = base64.urlsafe_b64encode(seal(json.dumps(told).encode(), self._key, name)).decode()
        response.set_cookie(name, sealed, max_age=seconds, secure=self._is_secure, httponly=True, samesite="lax")


def new_signing_in(leads_to: str) -> SigningIn:
    """With a state and a verifier that nobody can guess."""
    return SigningIn(secrets.token_urlsafe(24), secrets.token_urlsafe(48), leads_to, int(time.time()))


def new_session(principal: Principal) -> Session:
    """Somebody who has just signed in."""
    now = int(time.time())
    return Session(principal, now, now)


def own_path(asked: Iterable[str]) -> str:
    """The first of `asked` that is a path of these pages, else the start: nobody is led to another site."""
    return next((path for path in asked if path.startswith("/") and not path.startswith(("//", "/\\"))), "/")
