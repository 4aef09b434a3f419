"""Every route of the OpenAPI document, asked by everybody."""

from __future__ import annotations

import pytest
from tests.api.authorisation_table import TABLE
from tests.api.callers import CALLERS, CUSTOMER_ID
from tests.api.running_api import RunningApi

from recsys.api.app import build_app
from recsys.settings import Settings

OPERATIONS = [
    f"{method.upper()} {path}"
    for path, operations in build_app(Settings(oidc_issuer="https://issuer.example")).openapi()["paths"].items()
    for method in operations
]


def test_the_table_names_no_route_that_is_gone() -> None:
    assert sorted(TABLE.keys() - set(OPERATIONS)) == []


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whoever_asks_gets_what_is_his(operation: str, caller: str, api: RunningApi) -> None:
    assert operation in TABLE, f"{operation} is missing in tests/api/authorisation_table.py"
    row, (method, path) = TABLE[operation], operation.split()
    url = path.format_map({"customer_id": CUSTOMER_ID, **row.path})
    with CALLERS[caller](api) as client:
        answer = client.request(method, url, params=row.query, json=row.body, headers=row.headers)
    assert answer.status_code == row.statuses[caller], answer.text
    assert answer.is_success or answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if "{customer_id}" in name])
def test_of_anothers_customer_is_heard_what_is_heard_of_nobody(operation: str, api: RunningApi) -> None:
    row, (method, path) = TABLE[operation], operation.split()
    with CALLERS["other customer"](api) as client:
        answers = [
            client.request(
                method,
                path.format_map({"customer_id": customer_id, **row.path}),
                params=row.query,
                json=row.body,
                headers=row.headers,
            )
            for customer_id in (CUSTOMER_ID, "nobody")
        ]
    assert [answer.status_code for answer in answers] in ([404, 404], [403, 403])
    assert answers[0].text == answers[1].text
