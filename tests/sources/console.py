"""The command line, in the home of a test that describes the bank's sources."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.sources.world import World
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.settings import Settings


class Console:
    """`bank` is what `recsys sources check` is asked about; `setenv` sets a variable for the test."""

    def __init__(self, home: Settings, bank: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.bank, self.setenv = home, bank, monkeypatch.setenv
        self._text = bank.sources_toml
        monkeypatch.setenv("RECSYS_HOME", str(home.home))
        for name, value in bank.environment.items():
            monkeypatch.setenv(name, value)

    def describe(self, was: str, becomes: str) -> None:
        """Change a text in `sources.toml`."""
        assert was in self._text
        self._text = self._text.replace(was, becomes)

    def check(self, *arguments: str, changed: tuple[str, str] = ("", "")) -> Result:
        """`recsys sources check`, with one more text changed."""
        assert changed[0] in self._text
        (self.home.home / "sources.toml").write_text(self._text.replace(*changed))
        return CliRunner().invoke(app, ["sources", "check", *arguments])


def unused_port() -> int:
    """A port of this machine on which nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])
