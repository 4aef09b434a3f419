"""Serves the reports of the home to people who are signed in to Airflow and may see its runs, for reading only."""

from __future__ import annotations

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response

from recsys.io.quality_report import report_file, reports_folder
from recsys.settings import Settings

URL_PREFIX = "/quality"
# A page of our own needs neither scripts nor anything from elsewhere, whatever might get into it.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}

_NONE = (
    "<!doctype html><title>Data quality</title><p>This run has no data-quality report: it took in no feed, or not yet."
)

app = FastAPI(title="Data quality", docs_url=None, redoc_url=None, openapi_url=None)


@app.get(
    "/{run_id}",
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN, param_dag_id="recommendations"))],
)
def data_quality(run_id: str) -> Response:
    """The data-quality report of one run. What is not a plain name of a folder there becomes one, and is not found."""
    settings = Settings()
    path, reports = report_file(settings, run_id).resolve(), reports_folder(settings).resolve()
    if not (path.parent.parent == reports and path.is_file()):
        return HTMLResponse(_NONE, status_code=404, headers=_HEADERS)
    return FileResponse(path, media_type="text/html", headers=_HEADERS)


class QualityReports(AirflowPlugin):
    """What Airflow's API server mounts, and a tab on the page of every run."""

    name = "quality_reports"
    # Airflow reads plain lists from the class.
    fastapi_apps = [{"app": app, "url_prefix": URL_PREFIX, "name": "Data quality"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Data quality",
            "href": f"{URL_PREFIX}/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "quality",
        }
    ]
