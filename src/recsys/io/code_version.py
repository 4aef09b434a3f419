"""Which code this is: the version of the package, and the commit where it runs from a working copy."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from recsys.settings import PROJECT

_DIGITS = 12


def code_version(project: Path = PROJECT) -> str:
    """`0.1.0+1a2b3c4d5e6f`, or `0.1.0` where there is no commit to be found. Needs no git."""
    commit = read_commit(project)
    return version("recsys") + (f"+{commit[:_DIGITS]}" if commit else "")


def read_commit(project: Path) -> str | None:
    """The commit that is checked out in `project`, or None where that is no working copy."""
    folder = _git_folder(project)
    head = _text(folder / "HEAD") if folder else None
    if folder is None or head is None:
        return None
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    # A further working tree has a HEAD of its own and shares the branches of the first.
    shared = folder / (_text(folder / "commondir") or ".")
    return _text(folder / name) or _text(shared / name) or _packed(shared / "packed-refs", name)


def _git_folder(project: Path) -> Path | None:
    entry = project / ".git"
    if entry.is_dir():
        return entry
    pointer = _text(entry)
    return project / pointer.removeprefix("gitdir: ") if pointer else None


def _packed(file: Path, name: str) -> str | None:
    lines = (line.split(" ") for line in (_text(file) or "").splitlines())
    return next((words[0] for words in lines if words[1:] == [name]), None)


def _text(file: Path) -> str | None:
    return file.read_text().strip() if file.is_file() else None
