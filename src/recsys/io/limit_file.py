"""A file with limits that somebody wants to try."""

from __future__ import annotations

from pathlib import Path

from recsys.errors import FeedFileError
from recsys.ranking.limit_changes import LimitChange, csv_changes, toml_changes

_READERS = {".csv": csv_changes, ".toml": toml_changes}


def read_limit_changes(path: Path) -> list[LimitChange]:
    """What a CSV or TOML file changes.

    Raises `FeedFileError` where it cannot be read, and `ContractError` with line and column where it says what cannot
    be.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise FeedFileError(f"{path.name} is neither .csv nor .toml.", remedy="docs/permission.md shows both.")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FeedFileError(f"{path} cannot be read: {error.strerror}.", remedy="See that it is there.") from None
    except UnicodeDecodeError:
        raise FeedFileError(f"{path.name} is not written in UTF-8.", remedy="Save it as UTF-8.") from None
    return read(text, path.name)
