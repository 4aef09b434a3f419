"""The record of processing and the impact summary: fresh in docs/, and told from policy, grants and counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.raw_bank import write_bank

from recsys.documents import as_markdown
from recsys.io.document_page import as_page
from recsys.io.postgres import Database
from recsys.privacy.places import PLACES
from recsys.settings import Settings
from recsys.steps.privacy_documents import privacy_document

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"record": "record-of-processing.md", "impact": "impact-summary.md"}


@pytest.mark.parametrize("name", PAGES)
def test_document_is_fresh(home: Settings, database: Database, name: str) -> None:
    written = (DOCS / PAGES[name]).read_text()
    assert as_markdown(privacy_document(name, home, database, with_facts=False)) == written, "run `make privacy-docs`"


def test_record_names_every_place_that_holds_something_about_persons(home: Settings, database: Database) -> None:
    text = as_markdown(privacy_document("record", home, database, with_facts=False))
    assert [place.name for place in PLACES if place.is_personal and f"`{place.name}`" not in text] == []


def test_record_tells_the_policy_of_the_bank(home: Settings, database: Database) -> None:
    (home.home / "retention.toml").write_text("[raw.interactions]\nkeep_days = 400\n")
    text = as_markdown(privacy_document("record", home, database, with_facts=False))
    assert "| `raw.interactions` | What customers did with offers | 400 days | occurred_at |" in text


def test_record_tells_who_may_read_what_from_the_grants(home: Settings, database: Database) -> None:
    def readers() -> set[str]:
        text = as_markdown(privacy_document("record", home, database, with_facts=False))
        recipients = text.partition("## Recipients")[2].partition("\n## ")[0]
        rows = [line for line in recipients.splitlines() if line.startswith("| `")]
        return {line.split("`")[1] for line in rows if "**quarantine**" in line}

    assert "downstream" not in readers()
    with database.connect("admin") as connection:
        connection.execute("grant select on quarantine.rows to downstream")
    assert "downstream" in readers()


def test_page_holds_the_figures_of_the_installation(home: Settings, database: Database) -> None:
    write_bank(database)
    with database.connect("ingest") as connection:
        connection.execute("update ops.feeds set redactions = jsonb_build_object('PERSON', 1234)")
    page = as_page(privacy_document("impact", home, database, with_facts=True))
    assert "2024-12-31" in page
    assert "1,234" in page
    assert "<script" not in page
