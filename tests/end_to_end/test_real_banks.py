"""Three real banks, each through Airflow in a home of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench.banks import BANKS, make_feed, outcome, row
from bench.installation import Installation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("RECSYS_PUBLIC_DATA" not in os.environ, reason="RECSYS_PUBLIC_DATA names no public data"),
]
# Clients, households and customers of the sources.
PERSONS = {"berka": 5_369, "scf": 5_777, "santander": 9_999}


@pytest.fixture(autouse=True)
def all_candidates(few_candidates: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank's own training, with the defaults of everything."""
    monkeypatch.delenv("RECSYS_CANDIDATES")
    monkeypatch.delenv("RECSYS_TUNING_TRIALS")


@pytest.mark.parametrize("bank", BANKS)
def test_real_bank_is_published_through_airflow(server_folder: Path, bank: str) -> None:
    data = Path(os.environ["RECSYS_PUBLIC_DATA"]).resolve()
    installation = Installation(server_folder / bank)
    feed = make_feed(installation, bank, data)
    installation.recsys("up")
    try:
        installation.recsys("run", "--feed", str(feed), "--train", "always")
        result = outcome(installation)
    finally:
        installation.recsys("down")
    publication = result["publication"]
    assert publication["n_persons"] == PERSONS[bank]
    assert publication["n_rows"] > PERSONS[bank]
    assert {step["state"] for step in result["steps"].values()} == {"succeeded"}
    print(row(BANKS[bank][1], result))
