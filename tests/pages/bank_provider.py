"""An OpenID Connect provider as a bank has one: it knows who is at the browser and asks nobody for a password."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc.jwk import KeySet, RSAKey
from tests.api.running_api import TokenClient, free_port

from recsys.api.issuer.access_tokens import AccessTokens
from recsys.io.accounts import Account

CLIENT_ID, SECRET = "pages-of-recsys", "known to both"


class BankProvider:
    """Signs `account` in at the program `CLIENT_ID`, which has to show `SECRET` and what it began with (PKCE)."""

    def __init__(self, account: Account, audience: str, redirect_uri: str) -> None:
        self.account, self.audience, self.redirect_uri = account, audience, redirect_uri
        self.keys = KeySet([RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)])
        self.codes: dict[str, str] = {}
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def discover() -> dict[str, str]:
            places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.url, **{name: f"{self.url}/{place}" for name, place in places.items()}}

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return dict(self.keys.as_dict(private=False))

        @app.get("/authorize")
        def authorize(request: Request) -> RedirectResponse:
            asked = request.query_params
            assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, self.redirect_uri)
            code = f"code-{len(self.codes)}"
            self.codes[code] = asked["code_challenge"]
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

        @app.post("/token")
        async def token(request: Request) -> JSONResponse:
            form = await request.form()
            credentials = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
            digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if request.headers.get("authorization") != f"Basic {credentials}":
                return JSONResponse({"error": "invalid_client"}, 401)
            if self.codes.pop(str(form["code"]), None) != challenge:
                return JSONResponse({"error": "invalid_grant"}, 400)
            tokens = AccessTokens(self.url, self.audience, self.keys)
            told = tokens.generate("authorization_code", TokenClient(), self.account, f"openid {self.account.scope}")
            return JSONResponse(told)

        return app


@contextmanager
def run_provider(provider: BankProvider) -> Iterator[None]:
    """The provider while the block lasts."""
    server = uvicorn.Server(uvicorn.Config(provider.app(), port=provider.port, access_log=False))
    thread = threading.Thread(target=server.run, name="provider")
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < deadline, "the provider did not start"
            time.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(20)
