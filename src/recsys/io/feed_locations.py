"""Where on this machine a bank's feeds lie: files that hold personal data by purpose."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from recsys.errors import RecsysError
from recsys.io.sources.credentials import Credentials
from recsys.io.sources_file import read_sources
from recsys.settings import Settings


def feed_locations(settings: Settings, feed: str, credentials: Credentials) -> tuple[Path, ...]:
    """Folders and files of the settings' feed and sources, and of `feed`; what lies elsewhere is none of them."""
    named = [location for location in (settings.feed_location, feed) if location]
    described = {settings.sources_file, *(Path(name) for name in named if name.endswith(".toml"))}
    locations = [*named, *(one for file in described for one in _sources(file, credentials))]
    return tuple(path for location in locations if (path := _local(location)) is not None)


def _sources(file: Path, credentials: Credentials) -> list[str]:
    """Where the sources of `file` are. One whose credential is not at hand is not read in this process either."""
    locations: list[str] = []
    with suppress(RecsysError):
        for source in read_sources(file).sources:
            if source.kind == "files":
                with suppress(RecsysError):
                    locations.append(credentials.resolve(source.location))
    return locations


def _local(location: str) -> Path | None:
    path = location.removeprefix("file://")
    return None if "://" in path else Path(path).resolve()
