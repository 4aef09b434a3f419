"""Authorization codes: what somebody brings from signing in to fetch a token for, once and within a minute."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

from authlib.oidc.core import AuthorizationCodeMixin

from recsys.io.accounts import Account

_SECONDS = 60


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """Who signed in, through which program, and what it said when it began."""

    client_id: str
    account: Account
    scope: str
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str
    nonce: str | None
    signed_in_at: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        """Where the code was sent to."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What the token will be for."""
        return self.scope

    def get_nonce(self) -> str | None:
        """What the program wants to see again in the ID token."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the password was given."""
        return self.signed_in_at


class Codes:
    """The codes of this process. The embedded issuer runs in one: codes live for a minute and are of no use after."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._lock = Lock()

    def keep(self, value: str, code: Code) -> None:
        """Until it is taken or has run out."""
        with self._lock:
            self._codes = {name: known for name, known in self._codes.items() if not _has_run_out(known)}
            self._codes[value] = code

    def take(self, value: str, client_id: str) -> Code | None:
        """The code, which nobody gets a second time: neither does who guessed wrong what goes with it."""
        with self._lock:
            code = self._codes.pop(value, None)
        return code if code and code.client_id == client_id and not _has_run_out(code) else None


def _has_run_out(code: Code) -> bool:
    return time.time() > code.signed_in_at + _SECONDS
