"""Consents through the API: what stands, and what readers see of it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.api.running_api import RunningApi
from tests.integration.published_bank import PublishedBank

from recsys.api.routes.consents import Purpose
from recsys.feed.contract import CONSENT_PURPOSES

PATH = "/v1/customers/c2/consents"


def decide(api: RunningApi, **decisions: bool) -> dict[str, Any]:
    body = {"consents": [{"purpose": purpose, "is_granted": granted} for purpose, granted in decisions.items()]}
    answer = api.as_customer("c2").put(PATH, json=body)
    assert answer.status_code == 200, answer.text
    return by_purpose(answer.json())


def by_purpose(consents: dict[str, Any]) -> dict[str, Any]:
    return {one["purpose"]: one["is_granted"] for one in consents["consents"]}


def served(bank: PublishedBank) -> set[str]:
    return {customer_id for customer_id, *_ in bank.served()}


def test_the_document_names_the_purposes_of_the_contract() -> None:
    assert get_args(Purpose) == CONSENT_PURPOSES


def test_who_has_said_nothing_has_neither_allowed_nor_refused(api: RunningApi) -> None:
    standing = api.as_customer("c3").get("/v1/customers/c3/consents").json()
    assert by_purpose(standing) == dict.fromkeys(CONSENT_PURPOSES)


def test_withdrawal_takes_effect_with_the_answer_and_is_taken_back_likewise(
    api: RunningApi, bank: PublishedBank
) -> None:
    assert "c2" in served(bank)
    assert decide(api, profiling=False)["profiling"] is False
    assert "c2" not in served(bank)
    assert decide(api, profiling=True)["profiling"] is True
    assert "c2" in served(bank)


def test_refusal_of_all_marketing_ends_a_channel_that_was_allowed(api: RunningApi) -> None:
    assert decide(api, marketing_email=True)["marketing_email"] is True
    standing = decide(api, marketing=False)
    assert (standing["marketing_email"], standing["marketing_sms"]) == (False, False)
    standing = decide(api, marketing_email=True)
    assert (standing["marketing_email"], standing["marketing_sms"]) == (True, False)


def test_what_is_decided_is_written_down_with_its_way_and_who_asked(api: RunningApi, bank: PublishedBank) -> None:
    decide(api, third_party=True)
    api.as_system().put(PATH, json={"consents": [{"purpose": "third_party", "is_granted": True}]})
    assert (
        bank.rows("select channel, is_granted from ops.consents where purpose = 'third_party'") == [("api", True)] * 2
    )
    assert bank.rows(
        "select actor, details ->> 'asked_by' from ops.audit_log where action = 'record_consent'"
        " and details ->> 'purpose' = 'third_party' order by audit_id"
    ) == [("api", "customer"), ("api", "crm")]


@pytest.mark.parametrize("body", [{}, {"consents": []}, {"consents": [{"purpose": "all", "is_granted": True}]}])
def test_what_is_no_decision_is_refused(api: RunningApi, body: dict[str, Any]) -> None:
    assert api.as_customer("c2").put(PATH, json=body).status_code == 422


def test_nobody_is_unknown_to_a_system(api: RunningApi) -> None:
    answer = api.as_system().get("/v1/customers/nobody/consents")
    assert (answer.status_code, answer.json()["detail"]) == (404, "Nothing is known of this customer here.")


def test_what_the_audit_log_keeps_does_not_name_the_customer(api: RunningApi, bank: PublishedBank) -> None:
    client = api.as_customer("c2")
    for path in ("consents", "objection", "questions"):
        assert client.get(f"/v1/customers/c2/{path}").status_code == 200
    assert bank.rows("select subject, details from ops.audit_log where actor = 'api' and subject = 'c2'") == []
    assert bank.rows("select details from ops.audit_log where actor = 'api' and details::text like '%c2%'") == []
