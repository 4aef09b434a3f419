"""Another OpenID Connect provider than the embedded issuer: here that of another home."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.running_api import RunningApi, run_api
from tests.copied_home import copied_home

from recsys.io.accounts import Account
from recsys.settings import Settings

ADMIN = Account("operations", "admin")


@pytest.fixture
def issuer(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    with copied_home(server, tmp_path_factory.mktemp("issuer") / "home") as home, run_api(home) as running:
        yield running


def test_its_tokens_count_and_our_own_do_not(home: Settings, issuer: RunningApi) -> None:
    with run_api(home.model_copy(update={"oidc_issuer": issuer.url})) as api:
        assert api.with_token(issuer.token(ADMIN)).get("/metrics").status_code == 200
        assert api.as_admin().get("/metrics").status_code == 401
        # Nobody signs in here any more.
        assert api.as_nobody().get("/.well-known/openid-configuration").status_code == 404


def test_nobody_is_let_in_while_it_is_away(home: Settings, issuer: RunningApi) -> None:
    token = issuer.token(ADMIN)
    # An address at which there is an API, and no issuer of that name.
    with run_api(home.model_copy(update={"oidc_issuer": f"{issuer.url}/elsewhere"})) as api:
        answers = [api.with_token(token).get("/metrics") for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "issuer-away")
        assert int(answer.headers["retry-after"]) > 0
