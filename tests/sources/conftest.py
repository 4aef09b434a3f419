from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sources.console import Console
from tests.sources.world import World, world

from recsys.settings import Settings


@pytest.fixture(scope="module", autouse=True)
def _no_k() -> Iterator[None]:
    """The systems have few customers: with k = 5 nothing would be left of who they are."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RECSYS_K_ANONYMITY", "0")
        yield


@pytest.fixture
def bank(server: Settings, tmp_path: Path) -> Iterator[World]:
    """The four systems on their first day."""
    with world(server, tmp_path, f"registrations_{uuid.uuid4().hex[:8]}") as systems:
        systems.apply(1)
        yield systems


@pytest.fixture
def console(home: Settings, bank: World, monkeypatch: pytest.MonkeyPatch) -> Console:
    """The command line on the first day."""
    return Console(home, bank, monkeypatch)
