"""`sources.toml` on disk."""

from __future__ import annotations

from pathlib import Path

from recsys.errors import FeedFileError
from recsys.feed.sources import Sources, parse_sources


def read_sources(location: str) -> Sources:
    """The sources that the file at `location` describes.

    Raises:
        FeedFileError: there is no such file, or it describes something that cannot be.
    """
    path = Path(location)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FeedFileError(
            f"{location} cannot be read: {error.strerror or type(error).__name__}.",
            remedy="`recsys sources example` prints a sources.toml to begin with.",
        ) from error
    return parse_sources(content, source=path.name)
