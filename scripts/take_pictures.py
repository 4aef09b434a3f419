"""Take the README's screenshots from a running installation: `python scripts/take_pictures.py [--home DIR]`.

Needs Debian's chromium and a run of the DAG `recommendations` that was published.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import BrowserContext, sync_playwright

from recsys.io.document_page import as_page
from recsys.io.postgres import open_database
from recsys.io.services import UI_USER
from recsys.io.stack import airflow_url, mlflow_url
from recsys.io.tracking import open_tracking
from recsys.settings import Settings
from recsys.steps.privacy_documents import privacy_document

FOLDER = Path(__file__).parents[1] / "docs" / "images"
RECSYS = Path(sys.executable).with_name("recsys")
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def sign_in(context: BrowserContext, settings: Settings) -> None:
    """Into Airflow, for every page from here on."""
    page = context.new_page()
    page.goto(f"{airflow_url(settings)}/auth/login")
    page.get_by_label("Username").fill(UI_USER)
    page.get_by_label("Password").fill(open_database(settings).secrets.service_key("airflow_ui_password"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.close()


def airflow_graph(context: BrowserContext, settings: Settings, run_id: str) -> None:
    """The graph of the run that was published last."""
    page = context.new_page()
    page.set_viewport_size({"width": 1800, "height": 420})
    page.goto(f"{airflow_url(settings)}/dags/recommendations/runs/{quote(run_id)}")
    page.get_by_label("Show Graph").click()
    page.get_by_label("Collapse Details Panel").click()
    page.get_by_text("publish_recommendations").first.wait_for()
    page.locator(".react-flow__controls-fitview").click()
    # The little map would lie over the last step.
    page.add_style_tag(content=".react-flow__minimap { display: none }")
    # The graph moves into its place.
    page.wait_for_timeout(3_000)
    page.screenshot(path=FOLDER / "airflow-graph.png")


def data_quality(context: BrowserContext, settings: Settings, run_id: str) -> None:
    """The beginning of the data-quality report of that run, as Airflow serves it."""
    page = context.new_page()
    page.set_viewport_size({"width": 1240, "height": 1500})
    page.goto(f"{airflow_url(settings)}/quality/{quote(run_id, safe='')}")
    page.get_by_role("heading", name="Data quality of").wait_for()
    page.screenshot(path=FOLDER / "data-quality.png")


def mlflow_comparison(context: BrowserContext, settings: Settings) -> None:
    """The candidates of the newest training, side by side."""
    experiment = open_tracking(settings, open_database(settings)).experiment_id
    page = context.new_page()
    page.set_viewport_size({"width": 1500, "height": 1080})
    trainings = quote('tags.step = "train_models" and tags.level != "fold"')
    page.goto(f"{mlflow_url(settings)}/#/experiments/{experiment}/runs?compareRunsMode=CHART&searchFilter={trainings}")
    page.get_by_label("Close").click()
    page.get_by_placeholder("Search metric charts").fill("(ndcg|map|precision|recall|coverage)_at_5$|auc")
    # MLflow folds the candidates under their parent; the little plus before its name has no label.
    parent = page.get_by_role("link", name="training 2")
    page.get_by_role("gridcell").filter(has=parent).get_by_role("button").first.click()
    page.get_by_text("ndcg_at_5").first.wait_for()
    # The charts are drawn one by one.
    page.wait_for_timeout(5_000)
    page.screenshot(path=FOLDER / "mlflow-comparison.png")


def model_card(context: BrowserContext, home: Path) -> None:
    """The beginning of the card of the model that serves."""
    command = [RECSYS, "--home", home, "models", "card", "--html"]
    page = context.new_page()
    page.set_viewport_size({"width": 1240, "height": 1500})
    page.set_content(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    page.screenshot(path=FOLDER / "model-card.png")


def privacy_documents(context: BrowserContext, settings: Settings) -> None:
    """The beginnings of the record of processing and of the impact summary of this installation."""
    for name, picture in (("record", "record-of-processing.png"), ("impact", "impact-summary.png")):
        document = privacy_document(name, settings, open_database(settings), with_facts=True)
        page = context.new_page()
        page.set_viewport_size({"width": 1240, "height": 1500})
        page.set_content(as_page(document))
        page.screenshot(path=FOLDER / picture)


def rights(context: BrowserContext, settings: Settings, customer_id: str) -> None:
    """What a customer of this home gets to see on asking for access, then for erasure: they are erased for good."""
    for kind, picture in (("access", "access-package.png"), ("erase", "erasure-receipt.png")):
        command = [RECSYS, "--home", settings.home, "privacy", kind, customer_id, "--json"]
        done = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        page = context.new_page()
        page.set_viewport_size({"width": 1240, "height": 1500})
        page.goto(next(Path(file) for file in done["files"] if file.endswith(".html")).as_uri())
        page.screenshot(path=FOLDER / picture)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--erase", metavar="CUSTOMER_ID", help="Also show the rights of this customer, who is erased.")
    arguments = parser.parse_args()
    home = arguments.home
    settings = Settings(home=home) if home else Settings()
    with open_database(settings).connect("engineer") as connection:
        found = connection.execute(
            "select run_id from serving.publications inner join serving.current_publication using (publication_id)"
        ).fetchone()
    if found is None:
        raise SystemExit("Nothing is published in this home: run `recsys demo` first.")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=QUIET, viewport={"width": 1500, "height": 900},
            http_credentials={
                "username": UI_USER,
                "password": open_database(settings).secrets.service_key("mlflow_ui_password"),
                "origin": mlflow_url(settings),
            },
        )  # fmt: skip
        sign_in(context, settings)
        airflow_graph(context, settings, found[0])
        data_quality(context, settings, found[0])
        mlflow_comparison(context, settings)
        model_card(context, settings.home)
        privacy_documents(context, settings)
        if arguments.erase:
            rights(context, settings, arguments.erase)
        context.close()


if __name__ == "__main__":
    main()
