"""Background processes of one home: started on their own, found again by pid file, ended with all that they started."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Present in the environment of everything that is started here, and inherited by its children.
MARK = "RECSYS_SERVICE_OF"
_PROC = Path("/proc")


@dataclass(frozen=True, repr=False)
class Service:
    """A program to run: its arguments, which every user can read, and its environment, which they cannot."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]

    def fingerprint(self, home: Path) -> str:
        """Changes when the service would have to be started again to be what is asked for."""
        asked = json.dumps([list(self.command), sorted(self.environment.items()), str(home)])
        return hashlib.sha256(asked.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Note:
    """What a pid file says. The start time tells a process from a later one with the same number."""

    pid: int
    started: int
    fingerprint: str


def start(service: Service, home: Path) -> int:
    """Start `service` in a session of its own, its output appended to its log; its pid."""
    process = _spawn(service, home)
    (home / "run").mkdir(exist_ok=True)
    note = Note(process.pid, _start_time(process.pid) or 0, service.fingerprint(home))
    _note_file(home, service.name).write_text(json.dumps(note.__dict__))
    return process.pid


def run_to_end(service: Service, home: Path) -> int:
    """Run `service` until it ends by itself; its exit code."""
    return _spawn(service, home).wait()


def _spawn(service: Service, home: Path) -> subprocess.Popen[bytes]:
    (home / "logs").mkdir(parents=True, exist_ok=True)
    with log_file(home, service.name).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - programs of this environment, arguments of our own
            list(service.command),
            env=service_environment(service, home),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def service_environment(service: Service, home: Path) -> dict[str, str]:
    """What the service sees: this process's environment, its own variables and the mark of its home."""
    return {**os.environ, **service.environment, MARK: str(home)}


def read_note(home: Path, name: str) -> Note | None:
    """The pid file of a service that is running, or None."""
    note = _last_note(home, name)
    return note if note and _start_time(note.pid) == note.started else None


def log_file(home: Path, name: str) -> Path:
    """Where a service of this home writes."""
    return home / "logs" / f"{name}.log"


def log_tail(home: Path, name: str, n_lines: int = 15) -> str:
    """The end of a service's log."""
    path = log_file(home, name)
    return "\n".join(path.read_text(errors="replace").splitlines()[-n_lines:]) if path.exists() else ""


def stop(home: Path, names: Sequence[str], *, grace_seconds: float = 15) -> int:
    """End the named services and every process that they started; how many processes had to be killed.

    Asks the services themselves first, which end their own children, and kills what is left after the grace.
    """
    sessions = {session for name in names if (session := _session(home, name))}
    for leader in sessions:
        _send(leader, signal.SIGTERM)
    _wait_for_end(sessions, grace_seconds)
    n_killed = 0
    while left := list(_processes_of(sessions)):
        n_killed += len(left)
        for pid in left:
            _send(pid, signal.SIGKILL)
        _wait_for_end(sessions, 2)
    for name in names:
        _note_file(home, name).unlink(missing_ok=True)
    return n_killed


def stray_processes(home: Path) -> list[int]:
    """Processes that carry the mark of this home, whatever became of the service that started them."""
    mark = f"{MARK}={home}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and mark in _read(pid, "environ").split(b"\0")]


def kill_strays(home: Path) -> int:
    """Kill what `stray_processes` finds; how many there were."""
    strays = stray_processes(home)
    for pid in strays:
        _send(pid, signal.SIGKILL)
    return len(strays)


def _last_note(home: Path, name: str) -> Note | None:
    path = _note_file(home, name)
    return Note(**json.loads(path.read_text())) if path.exists() else None


def _session(home: Path, name: str) -> int | None:
    """The session of a service, also where its leader died: while its children live, its number is not used again."""
    note = _last_note(home, name)
    return note.pid if note and _start_time(note.pid) in (note.started, None) else None


def _wait_for_end(sessions: set[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(True for _ in _processes_of(sessions)) and time.monotonic() < deadline:
        time.sleep(0.1)


def _processes_of(sessions: set[int]) -> Iterator[int]:
    """Living processes of these sessions. Airflow's tasks make process groups of their own but stay in the session."""
    for pid in _pids():
        fields = _stat(pid)
        if fields and int(fields[3]) in sessions and fields[0] != "Z":
            yield pid
        elif fields and pid in sessions:
            _reap(pid)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _start_time(pid: int) -> int | None:
    """Clock ticks since boot at which a living process started (proc(5)), or None."""
    _reap(pid)
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third, the state, on: the second may hold spaces and brackets."""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _reap(pid: int) -> None:
    # Only a child of this very process can be a zombie that is ours to bury.
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _note_file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.json"
