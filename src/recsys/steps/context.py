"""What every step is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from recsys.io.postgres import Connection, Database
from recsys.io.sources.credentials import Credentials, from_environment
from recsys.settings import Settings
from recsys.types import Progress, Run


@dataclass(frozen=True)
class StepContext:
    """One attempt at one step: its run, the installation, a way to its database, to whoever watches, and to sources."""

    run: Run
    settings: Settings
    database: Database
    role: str
    progress: Progress
    credentials: Credentials = field(default_factory=from_environment)

    def connect(self, *, autocommit: bool = False) -> Connection:
        """A connection as the one role that this step may use; a context manager that commits on success."""
        return self.database.connect(self.role, autocommit=autocommit)
