from __future__ import annotations

import re

from recsys.feed.contract import TABLES
from recsys.feed.manifest import parse_manifest
from recsys.feed.page import feed_page
from recsys.settings import PROJECT


def test_page_in_docs_is_fresh() -> None:
    assert (PROJECT / "docs" / "feed.md").read_text() == feed_page(), "recsys feed page > docs/feed.md"


def test_page_names_every_table_and_column() -> None:
    page = feed_page()
    for table in TABLES:
        section = page.split(f"## `{table.name}`")[1].split("\n## ")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.kind} | {column.privacy} | {column.purpose} |" in section


def test_every_row_of_a_table_has_as_many_cells_as_its_heading() -> None:
    lines = feed_page().splitlines()
    n_cells = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
    tables = [i for i, line in enumerate(lines) if line.startswith("|") and lines[i - 1].startswith("|")]
    assert tables
    assert [lines[i] for i in tables if n_cells[i] != n_cells[i - 1]] == []


def test_feed_toml_on_the_page_is_one_that_is_taken() -> None:
    example = feed_page().split("```toml\n")[1].split("```")[0]
    manifest = parse_manifest(example.encode())
    assert manifest.name == "First Bank"
    assert [column.name for column in manifest.extras("customers")] == ["loyalty_points"]
