"""Serves the reports of the home to people who are signed in to Airflow and may see its runs, for reading only."""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException, Path
from fastapi.responses import FileResponse

from recsys.io.quality_report import FILE_NAME, reports_folder
from recsys.settings import Settings

URL_PREFIX = "/quality"
# A page of our own needs neither scripts nor anything from elsewhere, whatever might get into it.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}

app = FastAPI(title="Data quality", docs_url=None, redoc_url=None, openapi_url=None)


@app.get(
    "/{folder}",
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN, param_dag_id="recommendations"))],
)
def data_quality(folder: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]) -> FileResponse:
    """The data-quality report of one run. A folder's name holds no separator and no leading dot."""
    reports = reports_folder(Settings()).resolve()
    path = (reports / folder / FILE_NAME).resolve()
    if not (path.is_relative_to(reports) and path.is_file()):
        raise HTTPException(404, "This run has no report, or it was let go of in the meantime.")
    return FileResponse(path, media_type="text/html", headers=_HEADERS)


class QualityReports(AirflowPlugin):
    """What Airflow's API server mounts."""

    name = "quality_reports"
    fastapi_apps = [{"app": app, "url_prefix": URL_PREFIX, "name": "Data quality"}]  # noqa: RUF012 - as Airflow has it
