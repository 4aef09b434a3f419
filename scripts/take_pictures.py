"""Take the README's screenshots from a running installation: `python scripts/take_pictures.py [--home DIR]`.

Needs Debian's chromium and a run of the DAG `recommendations` that was published.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import BrowserContext, sync_playwright

from recsys.io.postgres import open_database
from recsys.io.services import UI_USER
from recsys.io.stack import airflow_url, mlflow_url
from recsys.io.tracking import open_tracking
from recsys.settings import Settings

FOLDER = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def airflow_graph(context: BrowserContext, settings: Settings, run_id: str) -> None:
    """The graph of the run that was published last."""
    page = context.new_page()
    page.goto(f"{airflow_url(settings)}/auth/login")
    page.get_by_label("Username").fill(UI_USER)
    page.get_by_label("Password").fill(open_database(settings).secrets.service_key("airflow_ui_password"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto(f"{airflow_url(settings)}/dags/recommendations/runs/{quote(run_id)}")
    page.get_by_text("publish_recommendations").first.wait_for()
    page.screenshot(path=FOLDER / "airflow-graph.png")


def mlflow_comparison(context: BrowserContext, settings: Settings, training_run: str) -> None:
    """The candidates of the training behind the publication, side by side."""
    tracking = open_tracking(settings, open_database(settings))
    children = tracking.client.search_runs(
        [tracking.experiment_id], f"tags.`mlflow.parentRunId` = '{training_run}'", order_by=["attributes.start_time"]
    )
    ids = [f'"{run.info.run_id}"' for run in children if "recipe" not in run.data.tags]
    experiments = f'["{tracking.experiment_id}"]'
    page = context.new_page()
    page.goto(f"{mlflow_url(settings)}/#/compare-runs?runs=[{','.join(ids)}]&experiments={experiments}")
    page.get_by_text("ndcg_at_5").first.wait_for()
    page.screenshot(path=FOLDER / "mlflow-comparison.png")


def main() -> None:
    """Take both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    home = parser.parse_args().home
    settings = Settings(home=home) if home else Settings()
    with open_database(settings).connect("engineer") as connection:
        run_id, training_run = connection.execute(
            """
            select publications.run_id, step_runs.details ->> 'mlflow_run_id'
            from serving.current_publication
            inner join serving.publications using (publication_id)
            inner join ops.step_runs on step_runs.run_id = publications.run_id
            where step_runs.step = 'train_models' and step_runs.state = 'succeeded'
            """
        ).fetchone() or (None, None)
    if run_id is None:
        raise SystemExit("The publication that readers see did not train anything: run with --train always first.")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=QUIET, viewport={"width": 1500, "height": 900},
            http_credentials={
                "username": UI_USER,
                "password": open_database(settings).secrets.service_key("mlflow_ui_password"),
                "origin": mlflow_url(settings),
            },
        )  # fmt: skip
        airflow_graph(context, settings, run_id)
        mlflow_comparison(context, settings, training_run)
        context.close()


if __name__ == "__main__":
    main()
