"""`sources.toml` of an installation."""

from __future__ import annotations

from pathlib import Path

from recsys.errors import SettingsError
from recsys.feed.sources import Sources, parse_sources


def read_sources(path: Path) -> Sources:
    """The sources that the file at `path` describes.

    Raises:
        SettingsError: there is no such file.
        FeedFileError: it describes something that cannot be.
    """
    try:
        content = path.read_bytes()
    except OSError:
        raise SettingsError(
            f"No sources are described: {path} cannot be read.",
            remedy=f"`recsys sources example > {path}` begins one; RECSYS_SOURCES names another file.",
        ) from None
    return parse_sources(content, source=path.name)
