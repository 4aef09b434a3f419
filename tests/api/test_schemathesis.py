"""Every operation of the OpenAPI document, asked at random by a system: what is answered is what the document says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from tests.api.running_api import RunningApi

from recsys.api.app import build_app
from recsys.settings import Settings

N_EXAMPLES = 40
# To what is right by itself, and not of something that is there, these are answers, too: a publication that is no more.
ANSWERS = ["2xx", "3xx", "401", "403", "404", "409", "410"]
CONFIG = schemathesis.Config.from_dict({"checks": {"positive_data_acceptance": {"expected-statuses": ANSWERS}}})
DOCUMENT = schemathesis.openapi.from_dict(
    build_app(Settings(oidc_issuer="https://issuer.example")).openapi(), config=CONFIG
)
OPERATIONS = [result.ok() for result in DOCUMENT.get_all_operations()]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_whatever_is_asked_is_answered_as_the_document_says(operation: Any, api: RunningApi) -> None:
    with api.as_system() as client:
        headers = {"Authorization": client.headers["Authorization"]}

    @given(case=operation.as_strategy())
    @settings(max_examples=N_EXAMPLES, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=api.url, headers=headers)

    ask()
