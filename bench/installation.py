"""A home that is driven through the command line, as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from recsys.io.postgres import open_database
from recsys.io.runs import read_step_runs
from recsys.settings import Settings

RECSYS = Path(sys.executable).with_name("recsys")


class Installation:
    """The home at `home`; what its commands print goes to the terminal."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.database = lambda: open_database(Settings(home=home))

    def recsys(self, *arguments: str, **environment: str) -> None:
        """Run a command, with some settings of its own. Raises `CalledProcessError` where it fails."""
        print("$", *(f"{name}={value}" for name, value in environment.items()), "recsys", *arguments, flush=True)
        command = [str(RECSYS), "--home", str(self.home), *arguments]
        subprocess.run(command, check=True, env={**os.environ, **environment})

    def publication(self) -> dict[str, Any]:
        """The publication that readers see."""
        with self.database().connect("engineer") as connection, connection.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(
                """
                select publications.* from serving.publications
                inner join serving.current_publication using (publication_id)
                """
            ).fetchone()
        if row is None:
            raise SystemExit(f"{self.home} has no publication.")
        return row

    def steps(self, run_id: str) -> list[dict[str, Any]]:
        """The steps of a run in order, with rows, seconds, peak memory and details."""
        with self.database().connect("engineer") as connection:
            return sorted(read_step_runs(connection, run_id), key=lambda step: step["step_run_id"])


def machine() -> str:
    """Processors, memory and Python of this machine, in a line for documents."""
    import platform

    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, Linux {platform.machine()}, CPython {platform.python_version()}"
    )
