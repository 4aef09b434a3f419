"""Telemetry of the libraries, switched off in one place."""

from __future__ import annotations

import os

# A bank's pipeline sends nothing out.
SILENCE = {
    "SCARF_ANALYTICS": "false",
    "DO_NOT_TRACK": "1",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    # dlt asks every store of secrets that it finds for each of its settings, Airflow's database among them.
    "PROVIDERS__ENABLE_AIRFLOW_SECRETS": "false",
    "PROVIDERS__ENABLE_GOOGLE_SECRETS": "false",
    # Its warnings quote URLs and answers of sources.
    "RUNTIME__LOG_LEVEL": "CRITICAL",
}


def stay_silent() -> None:
    """Nothing that this process imports from here on phones home: the libraries read their switches on import."""
    os.environ.update(SILENCE)
