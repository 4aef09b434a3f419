"""A person with two customer numbers and rejected rows: exported, erased, delivered again, and registered anew."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end.person_search import Person, find_person, person_of
from tests.installation import Installation

Found = dict[str, set[str]]
# What may name the erased person by a keyed hash, or holds their rows under seal until the day that the receipt says.
PROOFS = {"ops.privacy_requests", "ops.tombstones", "ops.erasure_receipts"}
# The erasure is of today.
REGISTERED = datetime.now(UTC).date() + timedelta(days=2)


@dataclass
class Story:
    """What was found after each chapter."""

    bank: Installation
    person: Person
    before: Found
    package: dict[str, Any]
    receipt: dict[str, Any]
    erased: Found
    delivered_again: Found
    registered_anew: Found
    offers_anew: list[Any]
    n_customers: list[int]


@pytest.fixture(scope="module")
def story(server_folder: Path) -> Iterator[Story]:
    bank = Installation(server_folder / "erasing")
    bank.recsys("feed", "demo", "--customers", "300", "--out", str(bank.feed))
    ids = _two_numbers_of_one_person(bank.feed)
    _add_rejected_rows(bank.feed, ids[0])
    try:
        with pytest.MonkeyPatch.context() as patched:
            # So few customers share too little: somebody new would be made so coarse that no rule lets them through.
            patched.setenv("RECSYS_K_ANONYMITY", "0")
            yield _told(bank, person_of(bank.feed, ids))
    finally:
        bank.recsys("down")


def _told(bank: Installation, person: Person) -> Story:
    bank.recsys("run", "--local")
    n_customers = [_count(bank)]
    person.learn_keys(bank.settings)
    before = find_person(bank.settings, person)
    asked = bank.json("privacy", "access", person.customer_ids[0])
    package = json.loads(Path(asked["files"][0]).read_text())
    number = bank.json("privacy", "erase", person.customer_ids[1])["request_id"]
    erased = find_person(bank.settings, person)
    n_customers.append(_count(bank))
    bank.recsys("run", "--local", "--train", "never")
    delivered_again = find_person(bank.settings, person)
    n_customers.append(_count(bank))
    _register_anew(bank.feed, person.customer_ids[0])
    bank.recsys("run", "--local", "--train", "never")
    n_customers.append(_count(bank))
    return Story(
        bank,
        person,
        before,
        package,
        _receipt(bank, number),
        erased,
        delivered_again,
        find_person(bank.settings, person),
        bank.json("recommend", person.customer_ids[0])["recommendations"],
        n_customers,
    )


def test_the_person_was_everywhere_before(story: Story) -> None:
    assert {
        "identity.customers", "identity.published_customers", "quarantine.rows", "raw.customers", "raw.customer_links",
        "raw.transactions", "marts.dim_customers", "marts.feat_customers", "serving.recommendation_rows",
    } <= set(story.before)  # fmt: skip
    assert "iban" in story.before["identity.customers"]


def test_the_export_held_every_place_where_something_was_found(story: Story) -> None:
    assert set(story.before) - set(story.package["places"]) == set()
    rejected = [row["payload"] for row in story.package["places"]["quarantine.rows"]["rows"]]
    assert {"golden_cow"} <= {row.get("product_id") for row in rejected}
    assert [row for row in rejected if row.get("customer_id") == "??"]


def test_after_the_erasure_only_what_the_receipt_says_is_found(story: Story) -> None:
    restricted = {line["place"] for line in story.receipt["places"] if line["restricted"]}
    assert restricted == {"raw.consents", "serving.recommendation_rows", "serving.decision_facts"}
    assert set(story.erased) <= PROOFS | {"identity.restricted_rows"}
    # The pseudonyms of whom the sealed rows were, and no name.
    assert story.erased["identity.restricted_rows"] == {"key"}
    assert all(line["why"] for line in story.receipt["places"] if line["restricted"] or line["kept"])


def test_the_receipt_lists_every_place_where_something_was_found(story: Story) -> None:
    assert set(story.before) <= {line["place"] for line in story.receipt["places"]}
    assert story.receipt["customers"] == 2
    assert story.receipt["models"]["trained_on"] == ["1"]


def test_the_same_feed_does_not_bring_the_person_back(story: Story) -> None:
    assert story.delivered_again == story.erased
    first, erased, again, _ = story.n_customers
    assert (erased, again) == (first - 2, first - 2)


def test_a_new_registration_is_let_in_and_served(story: Story) -> None:
    assert story.n_customers[3] == story.n_customers[2] + 1
    assert story.offers_anew
    assert {"identity.customers", "raw.customers", "serving.recommendation_rows"} <= set(story.registered_anew)
    # What was before the erasure stays out, though the feed still brings it.
    assert "raw.transactions" not in story.registered_anew


def test_the_model_that_learned_from_the_person_is_flagged(story: Story) -> None:
    from recsys.io.registry import open_registry

    (version,) = open_registry(story.bank.settings, story.bank.database).list_versions()
    assert version.tags["trained_on_erased_persons"] == "1"


def _two_numbers_of_one_person(feed: Path) -> list[str]:
    with (feed / "truth" / "duplicates.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["common"] == "national_id")
    return [row["customer_id"], row["same_as"]]


def _add_rejected_rows(feed: Path, customer_id: str) -> None:
    """A row that names them, and one whose customer nobody can tell but by its telephone number and e-mail address."""
    with (feed / "customers.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        row = next(row for row in reader if row["customer_id"] == customer_id)
    with (feed / "customers.csv").open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, names).writerow({**row, "customer_id": "??", "birth_date": "long ago"})
    with (feed / "holdings.csv").open("a", newline="", encoding="utf-8") as file:
        file.write(f"{customer_id},golden_cow,2024-01-01,,5.00\n")


def _register_anew(feed: Path, customer_id: str) -> None:
    with (feed / "customers.csv").open("a+", newline="", encoding="utf-8") as file:
        file.seek(0)
        names = list(csv.DictReader(file).fieldnames or ())
        row = {"customer_id": customer_id, "registered_at": f"{REGISTERED}", "valid_from": f"{REGISTERED}"}
        row |= {"status": "active", "birth_date": "1990-05-05", "country": "DE", "annual_income": "50000.00"}
        csv.DictWriter(file, names).writerow(row)
    manifest = feed / "feed.toml"
    lines = [line for line in manifest.read_text().splitlines() if not line.startswith("as_of")]
    manifest.write_text("\n".join([f'as_of = "{REGISTERED + timedelta(days=1)}"', *lines]) + "\n")


def _receipt(bank: Installation, request_id: int) -> dict[str, Any]:
    with bank.database.connect("officer") as connection:
        row = connection.execute(
            "select contents from ops.erasure_receipts where request_id = %s", [request_id]
        ).fetchone()
    assert row is not None
    return dict(row[0])


def _count(bank: Installation) -> int:
    with bank.database.connect("admin") as connection:
        row = connection.execute("select count(*) from identity.customers").fetchone()
    assert row is not None
    return int(row[0])
