"""One demo bank, run once through every step by the command line, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys.io.postgres import Database, open_database
from recsys.settings import Settings

RECSYS = Path(sys.executable).with_name("recsys")
N_CUSTOMERS = 500


@pytest.fixture(scope="session", autouse=True)
def few_candidates() -> Iterator[None]:
    """Two candidates with their defaults beside popularity: what these tests are about is not which model is best.

    The real banks train all of them.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECSYS_CANDIDATES", "inductive,logistic,collaborative")
        environment.setenv("RECSYS_TUNING_TRIALS", "0")
        yield


class Installation:
    """A home that the command line works on."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)

    @property
    def feed(self) -> Path:
        return self.settings.home / "feeds" / "demo"

    @property
    def database(self) -> Database:
        return open_database(self.settings)

    def recsys(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [str(RECSYS), "--home", str(self.settings.home), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.recsys(*arguments, "--json").stdout)


@pytest.fixture(scope="session")
def demo(server_folder: Path) -> Iterator[Installation]:
    """A home in which the demo bank was published without Airflow."""
    installation = Installation(server_folder / "demo")
    installation.recsys("feed", "demo", "--customers", str(N_CUSTOMERS), "--out", str(installation.feed))
    try:
        installation.recsys("run", "--local")
        yield installation
    finally:
        installation.recsys("down")
