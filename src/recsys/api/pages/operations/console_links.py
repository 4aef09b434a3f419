"""Where people find Airflow and MLflow, as far as this installation knows."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from recsys.io.ports import kept_port
from recsys.settings import Settings


@dataclass(frozen=True, slots=True)
class ConsoleLinks:
    """Addresses without a slash at the end; empty where they are not known."""

    airflow: str
    mlflow: str

    def run(self, dag: str, run_id: str) -> str:
        """A run of a DAG in Airflow."""
        return f"{self.airflow}/dags/{dag}/runs/{quote(run_id, safe='')}" if self.airflow else ""

    def training(self, training_run_id: str) -> str:
        """A run of a training or of a candidate in MLflow, of whichever experiment."""
        return f"{self.mlflow}/#/runs/{training_run_id}" if self.mlflow else ""

    def version(self, number: int) -> str:
        """A version of the model in MLflow's registry."""
        return f"{self.mlflow}/#/models/recsys/versions/{number}" if self.mlflow else ""


def console_links(settings: Settings) -> ConsoleLinks:
    """As set, or in the home that was started here. Of other servers nobody here knows how people reach them."""
    return ConsoleLinks(
        _address(settings, "airflow", settings.airflow_page), _address(settings, "mlflow", settings.mlflow_page)
    )


def _address(settings: Settings, service: str, page: str) -> str:
    if page:
        return page.rstrip("/")
    port = None if settings.database_host else kept_port(settings, service)
    return f"http://127.0.0.1:{port}" if port else ""
