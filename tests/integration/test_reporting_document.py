"""docs/reporting.md tells the views that there are, and its queries run as the role that it names."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from bench.markers import replace_part
from scripts.write_reporting import DOCUMENT, PART, views_part

from recsys.io.postgres import Database
from recsys.io.reporting_views import read_reporting_views

QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def test_document_tells_the_views_that_there_are(database: Database, tmp_path: Path) -> None:
    fresh = shutil.copy(DOCUMENT, tmp_path)
    with database.connect("reporting") as connection:
        replace_part(Path(fresh), PART, views_part(read_reporting_views(connection)))
    assert DOCUMENT.read_text() == Path(fresh).read_text(), "run `make reporting-docs`"
    assert "`reporting.product_mix`" in DOCUMENT.read_text()


@pytest.mark.parametrize("query", QUERIES, ids=["tableau", "superset", "power_bi"])
def test_query_of_the_document_runs(database: Database, query: str) -> None:
    with database.connect("reporting") as connection:
        assert connection.execute(query.encode()).description is not None
