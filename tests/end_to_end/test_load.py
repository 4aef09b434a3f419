"""Many customers at once: memory stays bounded, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.installation import Installation

pytestmark = pytest.mark.slow
N_CUSTOMERS = 20_000
MEMORY_LIMIT_BYTES = 3 * 2**30


def test_twenty_thousand_customers_are_published_in_bounded_memory(server_folder: Path) -> None:
    installation = Installation(server_folder / "load")
    feed = str(installation.feed)
    installation.recsys("feed", "demo", "--customers", str(N_CUSTOMERS), "--out", feed, "--format", "parquet")
    try:
        installation.recsys("run", "--local", "--feed", feed)
        (publication,) = installation.json("publications")
        with installation.database.connect("admin") as connection:
            persons = connection.execute("select count(distinct person_key) from identity.customers").fetchone()
            peak = connection.execute("select max(peak_memory_bytes) from ops.step_runs").fetchone()
    finally:
        installation.recsys("down")
    assert persons == (publication["n_persons"],)
    assert peak is not None
    assert peak[0] < MEMORY_LIMIT_BYTES
