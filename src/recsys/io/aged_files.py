"""Files of the home that are older than their period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recsys.io.retention import PlaceAge
from recsys.privacy.file_places import FilePlace


def count_files(home: Path, place: FilePlace, midnight: datetime) -> PlaceAge:
    """The age of the files of `place` in `home`, counted from the last `midnight`."""
    cutoff = midnight - timedelta(days=place.keep_days)
    changes = [_changed_at(path) for path in _files(home, place)]
    n_past = sum(change < cutoff for change in changes)
    return PlaceAge(place.name, place.holds, place.keep_days, cutoff, min(changes, default=None), len(changes), n_past)


def delete_files(home: Path, place: FilePlace, cutoff: datetime) -> int:
    """Delete the files of `place` that were last changed before `cutoff`, and folders that are empty then."""
    past = [path for path in _files(home, place) if _changed_at(path) < cutoff]
    for path in past:
        path.unlink(missing_ok=True)
        _remove_empty(path.parent, home / place.patterns[0].partition("/")[0])
    return len(past)


def _files(home: Path, place: FilePlace) -> Iterator[Path]:
    for pattern in place.patterns:
        yield from (path for path in home.glob(pattern) if path.is_file() and not path.is_symlink())


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _remove_empty(folder: Path, top: Path) -> None:
    while folder != top and folder.is_relative_to(top) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
