"""Model cards as artifacts of a version's run: Markdown and HTML to read, JSON to write them anew from."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from recsys.documents import as_markdown
from recsys.errors import ModelError, NotFoundError
from recsys.governance.card_facts import CardFacts
from recsys.governance.model_card import build_card
from recsys.io.document_page import as_page
from recsys.io.tracking import Tracking

MARKDOWN_FILE, PAGE_FILE, FACTS_FILE = "model_card.md", "model_card.html", "model_card.json"


def write_card(tracking: Tracking, run_id: str, facts: CardFacts) -> None:
    """Write the card of a version among the artifacts of its run, in the place of an earlier one."""
    card = build_card(facts)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MARKDOWN_FILE).write_text(as_markdown(card))
        (Path(folder) / PAGE_FILE).write_text(as_page(card))
        (Path(folder) / FACTS_FILE).write_text(json.dumps(facts.to_json(), indent=1))
        tracking.log_files(run_id, Path(folder))


def with_card(tracking: Tracking, run_id: str, reason: str) -> str:
    """What the registry says of a version: why it was registered, and where its card is, as Markdown."""
    page = f"#/experiments/{tracking.experiment_id}/runs/{run_id}/artifacts/{PAGE_FILE}"
    return f"{reason}\n\n[Model card]({page}): artifact `{PAGE_FILE}` of run `{run_id}`."


def read_card(tracking: Tracking, run_id: str, file: str = MARKDOWN_FILE) -> str:
    """One file of a card. Raises `NotFoundError` for a version that was registered without one."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return tracking.read_file(run_id, file, Path(folder)).read_text()
        except ModelError as error:
            raise NotFoundError(
                "This version has no model card: it was registered before there were any, or its artifacts are gone.",
                remedy="The next version that is registered has one.",
            ) from error


def read_card_facts(tracking: Tracking, run_id: str) -> CardFacts:
    """The facts of a card. Raises `NotFoundError` as `read_card`, `ModelError` where another version wrote them."""
    return CardFacts.of(json.loads(read_card(tracking, run_id, FACTS_FILE)))
