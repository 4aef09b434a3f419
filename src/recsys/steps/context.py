"""What every step is given."""

from __future__ import annotations

from dataclasses import dataclass

from recsys.io.postgres import Connection, Database
from recsys.settings import Settings
from recsys.types import Progress, Run


@dataclass(frozen=True)
class StepContext:
    """One attempt at one step: its run, the installation, a way to its database and to whoever watches."""

    run: Run
    settings: Settings
    database: Database
    role: str
    progress: Progress

    def connect(self) -> Connection:
        """A connection as the one role that this step may use; a context manager that commits on success."""
        return self.database.connect(self.role)
