"""The loopback ports of one home: found free, then kept, so that two homes never meet."""

from __future__ import annotations

import json
import socket

from recsys.settings import Settings


def choose_port(settings: Settings, service: str) -> int:
    """The port of `service` in this home: the one it had before if that is still free, otherwise a new one."""
    path = settings.home / "ports.json"
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    taken = {port for name, port in ports.items() if name != service}
    port = ports.get(service, 0)
    if not port or not _is_free(port):
        port = _free_port(taken)
        ports[service] = port
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(ports))
        aside.replace(path)
    return port


def kept_port(settings: Settings, service: str) -> int | None:
    """The port that `service` was given in this home; None where it never was."""
    path = settings.home / "ports.json"
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    return ports.get(service)


def _free_port(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Without it, the closed connections of a server that just stopped would make its port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
