"""A home of its own that the command line works on, as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys.io.postgres import Database, open_database
from recsys.settings import Settings

RECSYS = Path(sys.executable).with_name("recsys")


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
