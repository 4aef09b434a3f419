"""The whole stack of one home: PostgreSQL, Airflow, MLflow and the REST API, up, down and looked at."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version

from recsys.errors import StackError
from recsys.io import cluster, migrate, processes
from recsys.io.airflow_api import is_airflow_healthy, is_answering
from recsys.io.ports import choose_port
from recsys.io.postgres import open_database, read_ports
from recsys.io.secrets import create_secrets
from recsys.io.services import (
    AIRFLOW_SERVICES,
    SERVICES,
    UI_USER,
    airflow_home,
    migration_service,
    service,
    write_service_files,
)
from recsys.settings import Settings

_START_SECONDS = 180
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class ServiceState:
    """One line of `recsys status`."""

    name: str
    is_running: bool
    pid: int | None
    url: str
    log: str


def up(settings: Settings, say: Callable[[str], None] = lambda _: None, *, database_only: bool = False) -> None:
    """Start what is not running yet and wait until all of it answers; `say` is told of every stage.

    Raises `StackError` with the end of a service's log where one does not come up.
    """
    if database_only:
        start_database(settings, say)
        return
    prepare(settings, say)
    ports = {name: _port(settings, name) for name in ("airflow", "mlflow", "api")}
    started = [name for name in SERVICES if _start(settings, name, ports)]
    if started:
        say("Airflow, MLflow and the API are starting")
    _wait(settings, ("mlflow",), lambda: is_healthy(settings, "mlflow"))
    _wait(settings, ("api",), lambda: is_healthy(settings, "api"))
    _wait(settings, AIRFLOW_SERVICES, lambda: is_airflow_healthy(airflow_url(settings)))


def prepare(settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
    """A database with every role and zone, with Airflow's own tables and what its services need to start."""
    start_database(settings, say)
    write_service_files(settings)
    _migrate_airflow(settings, say)


def start_database(settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
    """A database with every role, zone and MLflow's store: the embedded one, started, or the server that is set."""
    if not settings.database_host:
        # Also where it runs: a new version may have a role more.
        create_secrets(settings.home)
        if not cluster.is_running(settings):
            say("PostgreSQL is starting; `recsys down` stops it")
            cluster.start(settings)
    migrate.prepare_database(settings)
    _migrate_mlflow(settings, say)


def down(settings: Settings) -> int:
    """Stop everything of this home; how many processes had to be killed because they did not end by themselves."""
    home = settings.home
    n_killed = processes.stop(home, SERVICES) + processes.kill_strays(home)
    cluster.stop(settings)
    return n_killed


def status(settings: Settings) -> list[ServiceState]:
    """What runs, where it listens and where it logs."""
    ports = read_ports(settings) if (settings.home / "ports.json").exists() else {}
    return [_database_state(settings, ports), *(_service_state(settings, name, ports) for name in SERVICES)]


def is_healthy(settings: Settings, name: str) -> bool:
    """Whether a service does its work, as far as others can tell. Raises `StackError` where there is none."""
    if name == "mlflow":
        return is_answering(f"{mlflow_url(settings)}/health")
    if name == "api":
        return is_answering(f"http://127.0.0.1:{_known_port(settings, 'api')}/healthz")
    if name not in AIRFLOW_SERVICES:
        raise StackError(f"There is no service {name}.", remedy=f"The services are {', '.join(SERVICES)}.")
    part = name.removeprefix("airflow-").replace("-", "_")
    return is_airflow_healthy(airflow_url(settings), ["metadatabase"] if part == "api_server" else [part])


def airflow_url(settings: Settings) -> str:
    """Where this installation's Airflow answers."""
    return settings.airflow_url or f"http://127.0.0.1:{_known_port(settings, 'airflow')}"


def mlflow_url(settings: Settings) -> str:
    """Where this installation's MLflow answers."""
    return f"http://127.0.0.1:{_known_port(settings, 'mlflow')}"


def api_url(settings: Settings) -> str:
    """Where this installation's REST API answers, as its callers reach it."""
    return settings.api_url or f"http://127.0.0.1:{_known_port(settings, 'api')}"


def _known_port(settings: Settings, name: str) -> int:
    if settings.database_host:
        return {"airflow": settings.airflow_port, "mlflow": settings.mlflow_port, "api": settings.api_port}[name]
    ports = read_ports(settings)
    if name not in ports:
        raise StackError(f"{name} was never started in {settings.home}.", remedy="Run `recsys up` first.")
    return ports[name]


def _port(settings: Settings, name: str) -> int:
    """The port of a service that runs, otherwise one that is free."""
    owner = AIRFLOW_SERVICES[0] if name == "airflow" else name
    if settings.database_host or processes.read_note(settings.home, owner):
        return _known_port(settings, name)
    return choose_port(settings, name)


def _start(settings: Settings, name: str, ports: Mapping[str, int]) -> bool:
    """Start a service, unless it runs as it should already; whether it was started."""
    wanted = service(settings, name, ports)
    note = processes.read_note(settings.home, name)
    if note and note.fingerprint == wanted.fingerprint(settings.home):
        return False
    processes.stop(settings.home, [name])
    processes.start(wanted, settings.home)
    return True


def _wait(settings: Settings, names: tuple[str, ...], is_up: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_up():
        for name in names:
            if processes.read_note(settings.home, name) is None:
                raise _start_error(settings, name, "ended while it was starting")
        if time.monotonic() > deadline:
            raise _start_error(settings, names[0], f"did not answer within {_START_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def _start_error(settings: Settings, name: str, what: str) -> StackError:
    return StackError(
        f"{name} {what}. The end of its log:\n{processes.log_tail(settings.home, name)}",
        remedy=f"Its whole log is {processes.log_file(settings.home, name)}; `recsys down` clears what did start.",
    )


def _migrate_airflow(settings: Settings, say: Callable[[str], None]) -> None:
    """Ten seconds, so it is done once for each version of Airflow."""
    stamp = airflow_home(settings) / "migrated"
    wanted = f"{version('apache-airflow')} {settings.airflow_database}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Airflow's own tables are being made")
    migration = migration_service(settings)
    if processes.run_to_end(migration, settings.home):
        raise _start_error(settings, migration.name, "failed")
    stamp.write_text(wanted)


def _migrate_mlflow(settings: Settings, say: Callable[[str], None]) -> None:
    """Ten seconds as well, and so done once for each version of MLflow and Optuna, whose studies lie beside it."""
    stamp = settings.home / "mlflow" / "migrated"
    wanted = f"{version('mlflow')} {version('optuna')} {settings.mlflow_database}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    from recsys.io.studies import prepare_studies
    from recsys.io.tracking import prepare_store

    say("MLflow's own tables are being made")
    # It tells every table on the terminal.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    prepare_store(settings, open_database(settings))
    prepare_studies(settings, open_database(settings))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def _database_state(settings: Settings, ports: Mapping[str, int]) -> ServiceState:
    if settings.database_host:
        url = f"postgresql://{settings.database_host}:{settings.database_port}/{settings.database_name}"
        return ServiceState("postgres", True, None, url, "")
    is_running = cluster.is_running(settings)
    url = f"postgresql://127.0.0.1:{ports['postgres']}/{settings.database_name}" if is_running else ""
    return ServiceState("postgres", is_running, _postmaster(settings), url, str(cluster.log_file(settings)))


def _postmaster(settings: Settings) -> int | None:
    path = cluster.data_directory(settings) / "postmaster.pid"
    return int(path.read_text().splitlines()[0]) if path.exists() else None


def _service_state(settings: Settings, name: str, ports: Mapping[str, int]) -> ServiceState:
    note = processes.read_note(settings.home, name)
    port = ports.get("airflow" if name == AIRFLOW_SERVICES[0] else name)
    url = f"http://127.0.0.1:{port}" if note and port else ""
    return ServiceState(
        name, note is not None, note.pid if note else None, url, str(processes.log_file(settings.home, name))
    )


def sign_ins(settings: Settings, *, database_only: bool = False) -> Iterator[tuple[str, str, str, str]]:
    """Name, address, user and password of every door that was opened, for the one person at the terminal."""
    database = open_database(settings)
    if not database_only:
        yield "Airflow UI", airflow_url(settings), UI_USER, database.secrets.service_key("airflow_ui_password")
        yield "MLflow UI", mlflow_url(settings), UI_USER, database.secrets.service_key("mlflow_ui_password")
        yield "Pages, REST API", api_url(settings), "", "shown once, when `recsys demo` makes users"
    place = f"{database.host}:{database.port}/{database.name}"
    yield "Database", place, "downstream", database.secrets.password("downstream")
