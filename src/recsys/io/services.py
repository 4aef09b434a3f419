"""The services of the stack: the command and the environment of each, in a home or in a container."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from recsys.errors import StackError
from recsys.io.postgres import Database, open_database
from recsys.io.processes import Service
from recsys.io.silence import SILENCE
from recsys.settings import PROJECT, Settings

UI_USER = "admin"
AIRFLOW_SERVICES = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
SERVICES = ("mlflow", *AIRFLOW_SERVICES, "api")

_API_COMMAND = (sys.executable, "-m", "recsys.api.server")
_AIRFLOW_COMMANDS = {
    "airflow-api-server": ("api-server",),
    # Workers and web server share a disk, so nobody needs a log server, which would listen on every address.
    "airflow-scheduler": ("scheduler", "--skip-serve-logs"),
    "airflow-dag-processor": ("dag-processor",),
    "airflow-triggerer": ("triggerer", "--skip-serve-logs"),
}


def service(settings: Settings, name: str, ports: Mapping[str, int]) -> Service:
    """The service called `name`, listening on its port in `ports`. Raises `StackError` where there is none."""
    database = open_database(settings)
    if name == "mlflow":
        return Service(name, _mlflow_command(settings, ports["mlflow"]), mlflow_environment(settings, database))
    if name == "api":
        return Service(name, _API_COMMAND, api_environment(settings, ports["api"]))
    if name not in _AIRFLOW_COMMANDS:
        raise StackError(f"There is no service {name}.", remedy=f"The services are {', '.join(SERVICES)}.")
    command = (sys.executable, "-m", "airflow", *_AIRFLOW_COMMANDS[name])
    return Service(name, command, airflow_environment(settings, database, ports["airflow"]))


def migration_service(settings: Settings) -> Service:
    """What makes Airflow's own tables, or brings them up to date."""
    environment = airflow_environment(settings, open_database(settings), settings.airflow_port)
    return Service("airflow-migration", (sys.executable, "-m", "airflow", "db", "migrate"), environment)


def airflow_environment(settings: Settings, database: Database, port: int) -> dict[str, str]:
    """Airflow's whole configuration. The home holds its logs and passwords, PostgreSQL everything else."""
    secrets, folder = database.secrets, airflow_home(settings)
    url = settings.airflow_url or f"http://127.0.0.1:{port}"
    variables = {
        "CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "CORE__PLUGINS_FOLDER": str(PROJECT / "dags" / "plugins"),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "4",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__FERNET_KEY": secrets.service_key("airflow_fernet_key"),
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{UI_USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(airflow_passwords_file(settings)),
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": database.url(
            "airflow", driver="postgresql+psycopg2", name=settings.airflow_database
        ),
        "API__HOST": settings.listen_host,
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": secrets.service_key("airflow_api_secret"),
        "API_AUTH__JWT_SECRET": secrets.service_key("airflow_jwt_secret"),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(folder / "bundles"),
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "DAG_PROCESSOR__PRINT_STATS_INTERVAL": "0",
        "LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(folder / "logs" / "dag_processor"),
        "LOGGING__UVICORN_LOGGING_LEVEL": "WARNING",
        # Importing Great Expectations prints hundreds of lines at its own level.
        "LOGGING__NAMESPACE_LEVELS": "great_expectations=WARNING alembic=WARNING",
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        # A loaded two-core machine answers late, not never.
        "WORKERS__EXECUTION_API_TIMEOUT": "30",
    }
    return {
        **_base_environment(settings),
        "AIRFLOW_HOME": str(folder),
        **{f"AIRFLOW__{name}": value for name, value in variables.items()},
    }


def mlflow_environment(settings: Settings, database: Database) -> dict[str, str]:
    """MLflow's configuration: its store in PostgreSQL, its users in the same database."""
    return {
        **_base_environment(settings),
        "MLFLOW_BACKEND_STORE_URI": database.url("mlflow", name=settings.mlflow_database),
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": settings.artifact_root.resolve().as_uri(),
        "MLFLOW_AUTH_CONFIG_PATH": str(_mlflow_sign_in_file(settings)),
        "MLFLOW_AUTH_ADMIN_USERNAME": UI_USER,
        "MLFLOW_AUTH_ADMIN_PASSWORD": database.secrets.service_key("mlflow_ui_password"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": database.secrets.service_key("mlflow_ui_secret"),
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


def api_environment(settings: Settings, port: int) -> dict[str, str]:
    """The REST API's settings: those of this process, and where it listens."""
    address = {"RECSYS_API_PORT": str(port), "RECSYS_API_URL": settings.api_url or f"http://127.0.0.1:{port}"}
    return {**_base_environment(settings), **address}


def write_service_files(settings: Settings) -> None:
    """The files that Airflow and MLflow want their sign-in in; only their owner may read them."""
    database = open_database(settings)
    airflow_home(settings).mkdir(parents=True, exist_ok=True)
    settings.artifact_root.mkdir(parents=True, exist_ok=True)
    _write_private(
        airflow_passwords_file(settings),
        json.dumps({UI_USER: database.secrets.service_key("airflow_ui_password")}) + "\n",
    )
    url = database.url("mlflow", name=settings.mlflow_database)
    lines = (
        "[mlflow]",
        "default_permission = READ",
        # The file is read by configparser, to which % is special.
        f"database_uri = {url.replace('%', '%%')}",
        f"admin_username = {UI_USER}",
        "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
    )
    _write_private(_mlflow_sign_in_file(settings), "\n".join(lines) + "\n")


def airflow_home(settings: Settings) -> Path:
    """Airflow's own folder in the home."""
    return settings.home / "airflow"


def airflow_passwords_file(settings: Settings) -> Path:
    """Where the simple auth manager looks the password up."""
    return airflow_home(settings) / "simple_auth_manager_passwords.json.generated"


def task_log(settings: Settings, dag_id: str, run_id: str, task_id: str) -> Path:
    """The log of the last attempt at a task, or the folder that it would be in."""
    folder = airflow_home(settings) / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
    attempts = sorted(folder.glob("attempt=*.log"), key=lambda path: path.stat().st_mtime)
    return attempts[-1] if attempts else folder


def _base_environment(settings: Settings) -> dict[str, str]:
    # Settings given to this process hold for what it starts; a proxy must never stand before the loopback.
    chosen = {f"RECSYS_{name.upper()}": str(getattr(settings, name)) for name in sorted(settings.model_fields_set)}
    hosts = ",".join(filter(None, (os.environ.get("NO_PROXY", ""), "127.0.0.1", "localhost")))
    return {**SILENCE, **chosen, "RECSYS_HOME": str(settings.home), "NO_PROXY": hosts, "no_proxy": hosts}


def _mlflow_command(settings: Settings, port: int) -> tuple[str, ...]:
    options = ("--app-name", "basic-auth", "--workers", "1", "--no-serve-artifacts")
    return (sys.executable, "-m", "mlflow", "server", "--host", settings.listen_host, "--port", str(port), *options)


def _mlflow_sign_in_file(settings: Settings) -> Path:
    return settings.home / "mlflow-sign-in.ini"


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)
