"""Texts of every file of the home and of MLflow's artifacts, to be looked through for personal data.

Left out are files that hold personal data or secrets by purpose: the feed, what was handed out to customers, keys and
passwords, and PostgreSQL's own data, whose tables are looked at instead.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from stat import S_ISREG

from recsys.privacy.scanning import Texts
from recsys.settings import Settings

_LEFT_OUT = (
    "feeds/*", "postgres/data/*", "secrets.json*", "sources.toml", "retention.toml", "mlflow-sign-in.ini", "landing/*",
    "privacy/access-*", "privacy/export-*", "airflow/simple_auth_manager_passwords*", "airflow/airflow.cfg", "run/*",
    "ports.json", "issuer/*",
)  # fmt: skip
# Of bytes that are no text: runs of what could be read, as the program `strings` finds them.
_READABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{6,}")
_MAX_BYTES = 16 << 20


def read_file_texts(settings: Settings, sample_bytes: int | None, feeds: Sequence[Path] = ()) -> Iterator[Texts]:
    """Lines of all files, or of the newest ones up to `sample_bytes`; a file's name is a text of its folder. What lies
    in `feeds` is left out, except where one of them is the home itself, or a folder around it.
    """
    n_bytes = 0
    for name, path, size in _files(settings, feeds):
        if sample_bytes is not None and n_bytes + size > sample_bytes:
            continue
        n_bytes += size
        folder = str(Path(name).parent)
        yield Texts(f"files:{folder}", "name of a file", [Path(name).name])
        with suppress(FileNotFoundError):
            for part, content in _contents(path):
                yield _texts(f"files:{name}", part, content)


def _files(settings: Settings, feeds: Sequence[Path]) -> list[tuple[str, Path, int]]:
    """Name, path and size of every file that is looked through, the newest first."""
    home, artifacts = settings.home.resolve(), settings.artifact_root.resolve()
    # Nothing would be looked through any more, and nobody would notice, if a feed were all of the home.
    own = [feed for feed in feeds if not home.is_relative_to(feed) and not artifacts.is_relative_to(feed)]
    found = {str(path.relative_to(home)): path for path in home.rglob("*")}
    if not artifacts.is_relative_to(home):
        found |= {str(path.relative_to(artifacts.parent)): path for path in artifacts.rglob("*")}
    files = []
    for name, path in found.items():
        # Others are at work in the home: what is gone by now holds nothing.
        with suppress(FileNotFoundError):
            facts = path.lstat()
            if S_ISREG(facts.st_mode) and not _is_left_out(name, path, own):
                files.append((-facts.st_mtime, name, path, facts.st_size))
    return [(name, path, size) for _, name, path, size in sorted(files)]


def _is_left_out(name: str, path: Path, feeds: Sequence[Path]) -> bool:
    return any(fnmatch(name, pattern) for pattern in _LEFT_OUT) or any(path.is_relative_to(feed) for feed in feeds)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    yield member.filename, file.read(_MAX_BYTES)
        return
    with path.open("rb") as file:
        while content := file.read(_MAX_BYTES):
            yield "content", content


def _texts(place: str, column: str, content: bytes) -> Texts:
    try:
        return Texts(place, column, [line for line in content.decode().splitlines() if line.strip()])
    except UnicodeDecodeError:
        return Texts(place, column, _READABLE.findall(content.decode(errors="replace")), is_noise=True)
