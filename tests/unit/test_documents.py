"""What the documents name exists: files that they link to, commands that they give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]


def names(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", document.read_text())
    missing = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_make_commands_are_in_the_makefile(document: Path) -> None:
    known = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", document.read_text())) <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_files_of_the_project_that_are_named_exist(document: Path) -> None:
    paths = re.findall(r"`((?:src|dags|dbt_project|expectations|tests|scripts|bench)/[\w./-]+)`", document.read_text())
    assert [path for path in paths if not (PROJECT / path).exists()] == []
