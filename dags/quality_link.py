"""The button "Data quality" on a task: the report of its run, which `plugins/quality_reports.py` serves."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class QualityLink(BaseOperatorLink):
    """Follows the run, not the attempt: there is one report of a run, replaced when its step is run again."""

    name = "Data quality"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """An address on the server that shows the button, whatever name it is reached by."""
        return f"/quality/{quote(ti_key.run_id, safe='')}"
