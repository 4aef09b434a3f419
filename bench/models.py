"""Publish five banks, every candidate trained, and write docs/models.md, its pictures and the README's table of banks.

`python -m bench.models`: each bank has a home of its own under --homes and goes through the whole pipeline by the same
command, without Airflow. Reads the public data named by RECSYS_PUBLIC_DATA.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import candidate_pages
from bench.banks import DEMO, HEADER, PROJECT, TITLES, make_feed, outcome, row
from bench.installation import RECSYS, Installation, machine
from bench.markers import replace_part, table
from recsys.io.code_version import code_version
from recsys.io.postgres import open_database
from recsys.io.tracking import Tracking, open_tracking
from recsys.io.training_runs import (
    LoggedRun,
    read_candidate_rows,
    read_candidates,
    read_rankings,
    read_trainings,
)
from recsys.settings import Settings

MADE_WIDE = "wide"
FEEDS = (*TITLES, MADE_WIDE)
README = PROJECT / "README.md"
PAGE, CARD, IMAGES = (PROJECT / "docs" / name for name in ("models.md", "model-card.md", "images"))
# Of 5,000 customers 1,400 are tested, and their intervals are as wide as the bars that candidates are held to.
DEMO_BANK = ("--customers", "20000")
WIDE = ("--customers", "30000", "--products", "800")
# The history is the demo bank's: a first model of two months earlier, then one that persons decide on.
EARLIER = "2026-08-31"
DECISIONS = (
    ("approve", "2", "model risk", "The same recipe, fitted on two months more; parity as before."),
    ("rollback", "1", "model risk", "An exercise: the version before has to serve again on one command."),
    ("rollback", "2", "model risk", "The exercise is over."),
)
# Pictures of the page, by bank: of the training, of its challenger, or of a candidate by its name.
TRAINING, CHALLENGER = "training", "challenger"
SHOWN = {
    "scf": {TRAINING: ("pictures/candidates",)},
    DEMO: {
        TRAINING: (
            "pictures/candidates",
            "pictures/metrics_by_k",
            "pictures/segments",
            "pictures/coverage",
            "importance",
        ),
        CHALLENGER: ("pictures/products", "pictures/gains", "pictures/calibration"),
        "inductive": ("pictures/learning_curve",),
    },
}


def main() -> None:
    """Run the feeds and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--homes", type=Path, default=PROJECT / ".recsys" / "models")
    parser.add_argument("--feeds", nargs="*", choices=FEEDS, default=FEEDS)
    arguments = parser.parse_args()
    if "RECSYS_PUBLIC_DATA" not in os.environ:
        raise SystemExit("RECSYS_PUBLIC_DATA must name the folder with the public data sets scf2019 and santander.")
    data = Path(os.environ["RECSYS_PUBLIC_DATA"]).resolve()
    lines = {}
    for name in arguments.feeds:
        installation = Installation(arguments.homes / name)
        try:
            run_feed(installation, name, data)
            write_feed(installation, name)
            lines[name] = row(TITLES.get(name, name), outcome(installation))
        finally:
            installation.recsys("down")
        if lines.keys() == TITLES.keys():
            replace_part(README, "banks", table(HEADER, [lines[name] for name in TITLES]))


def run_feed(installation: Installation, name: str, data: Path) -> None:
    """The whole pipeline; for the demo bank twice, with a version that persons decide on."""
    installation.recsys("up", "--database-only")
    run = ("run", "--local", "--train", "always", "--feed")
    if name != DEMO:
        feed = wide_feed(installation) if name == MADE_WIDE else make_feed(installation, name, data)
        # A search over hundreds of products takes an hour, and the question is whether they are carried at all.
        untuned = {"RECSYS_TUNING_TRIALS": "0"} if name == MADE_WIDE else {}
        installation.recsys(*run, str(feed), **untuned)
        return
    installation.recsys(*run, demo_feed(installation, "earlier", "--as-of", EARLIER))
    installation.recsys(*run, demo_feed(installation, DEMO), "--require-approval")
    for action, version, by, because in DECISIONS:
        installation.recsys("models", action, version, "--by", by, "--because", because)


def demo_feed(installation: Installation, name: str, *options: str) -> str:
    """The demo bank, larger than `recsys demo` makes it: some 5,000 customers are tested then."""
    folder = str(installation.home / "feeds" / name)
    installation.recsys("feed", DEMO, *DEMO_BANK, *options, "--out", folder)
    return folder


def wide_feed(installation: Installation) -> Path:
    """Made feed of many products."""
    folder = installation.home / "feeds" / MADE_WIDE
    subprocess.run([sys.executable, "-m", "bench.wide_feed", *WIDE, "--out", str(folder)], check=True, cwd=PROJECT)
    return folder


def write_feed(installation: Installation, name: str) -> None:
    """What the last training of the home says, into the page, its pictures and the card."""
    settings = Settings(home=installation.home)
    tracking = open_tracking(settings, open_database(settings))
    training = read_trainings(tracking, 1)[0]
    rankings = read_rankings(tracking, training.run_id)
    if rankings is None:
        raise SystemExit(f"The rankings of training {training.run_id} are gone.")
    part = candidate_pages.feed_part(training, read_candidate_rows(tracking, training.run_id), rankings, settings.seed)
    minutes = minutes_of(installation, training)
    written = (
        f"Written {datetime.now(UTC).date()} at {code_version()} on {machine()}; training took {minutes:.1f} minutes."
    )
    replace_part(PAGE, f"models-{name}", f"{part}\n\n{written}")
    if name in SHOWN:
        copy_pictures(tracking, training, name)
    if name == DEMO:
        importance = read_artifact(tracking, training.run_id, "importance.csv").decode()
        replace_part(PAGE, "models-importance", candidate_pages.importance_part(importance))
        decisions = json.loads(printed(installation, "models", "history", "--json"))
        history = candidate_pages.history_part(decisions)
        replace_part(PAGE, "models-history", history)
        replace_part(README, "history", history)
        CARD.write_text(printed(installation, "models", "card", "2"))


def minutes_of(installation: Installation, training: LoggedRun) -> float:
    """How long the step took that logged the training."""
    steps = {step["step"]: step for step in installation.steps(training.tags["pipeline_run_id"])}
    return float(steps["train_models"]["seconds"]) / 60


def copy_pictures(tracking: Tracking, training: LoggedRun, name: str) -> None:
    """Pictures of a training and of its candidates, as MLflow has them."""
    candidates = read_candidates(tracking, training)
    runs = {**candidates, TRAINING: training, CHALLENGER: candidates[training.tags["challenger"]]}
    for of, pictures in SHOWN[name].items():
        for picture in pictures:
            target = IMAGES / f"models-{name}-{Path(picture).name.replace('_', '-')}.png"
            target.write_bytes(read_artifact(tracking, runs[of].run_id, f"{picture}.png"))


def read_artifact(tracking: Tracking, run_id: str, path: str) -> bytes:
    """A file of a run."""
    with tempfile.TemporaryDirectory() as folder:
        return tracking.read_file(run_id, path, Path(folder)).read_bytes()


def printed(installation: Installation, *arguments: str) -> str:
    """What a command prints."""
    command = [str(RECSYS), "--home", str(installation.home), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
