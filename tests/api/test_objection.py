"""An objection through the API is in force with the answer."""

from __future__ import annotations

from tests.api.running_api import RunningApi
from tests.integration.published_bank import PublishedBank

PATH = "/v1/customers/c2/objection"


def served(bank: PublishedBank) -> set[str]:
    return {customer_id for customer_id, *_ in bank.served()}


def test_objection_holds_for_the_next_reader_until_it_is_lifted(api: RunningApi, bank: PublishedBank) -> None:
    client = api.as_customer("c2")
    assert client.get(PATH).json()["is_standing"] is False
    assert "c2" in served(bank)
    objected = client.post(PATH)
    assert (objected.status_code, objected.json()["is_standing"], objected.json()["serves"]) == (200, True, "popular")
    assert "c2" not in served(bank)
    assert client.get(PATH).json() == client.post(PATH).json() == objected.json()
    assert client.delete(PATH).json()["is_standing"] is False
    assert "c2" in served(bank)
    assert client.delete(PATH).status_code == 200


def test_objection_of_one_number_is_the_person_s(api: RunningApi, bank: PublishedBank) -> None:
    api.as_customer("c1").post("/v1/customers/c1/objection")
    assert served(bank) == {"c2", "c3"}
    assert api.as_customer("c4").get("/v1/customers/c4/objection").json()["is_standing"] is True
    api.as_customer("c4").delete("/v1/customers/c4/objection")
    assert served(bank) == {"c1", "c2", "c3", "c4"}
