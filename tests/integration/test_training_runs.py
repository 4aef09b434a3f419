from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.errors import ModelError, NotFoundError
from recsys.evaluation.bootstrap import Resampling
from recsys.evaluation.splits import split_of
from recsys.features.storage import program_schema
from recsys.io.code_version import code_version, read_commit
from recsys.io.postgres import Database, open_database
from recsys.io.rule_facts import read_catalogue
from recsys.io.tracking import open_tracking
from recsys.io.training_runs import (
    LEVEL,
    TRAINING_LEVEL,
    find_run,
    read_candidates,
    read_rankings,
    read_trainings,
)
from recsys.models.factor_recipes import ContentRecipe
from recsys.models.popularity import PopularityRecipe
from recsys.ranking.rules.registry import rules_version
from recsys.settings import PROJECT, Settings
from recsys.steps import train_models as training_step
from recsys.steps.model_comparison import compare_runs
from recsys.steps.runner import run_step

from .marts_of_a_learning_bank import begin_run, build_marts, person_key
from .mlflow_of_a_test import mlflow_database, tracked  # noqa: F401  # fixtures


@pytest.fixture
def two_trainings(
    tracked: Settings,  # noqa: F811
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Two trainings on the same data; in the second the content model learns longer."""
    build_marts(database)
    settings = tracked.model_copy(update={"candidates": "content"})
    for run_id, n_epochs in (("first", 1), ("second", 5)):
        recipes = {"popularity": PopularityRecipe(), "content": replace(ContentRecipe(), n_epochs=n_epochs)}
        monkeypatch.setattr(training_step, "default_recipes", lambda *_, recipes=recipes: dict(recipes))
        begin_run(tracked, database, run_id, train="always")
        run_step("train_models", run_id, settings)
    return settings


def test_runs_are_nested_and_tagged_with_data_split_rules_and_code(two_trainings: Settings):
    tracking = open_tracking(two_trainings, open_database(two_trainings))
    newest, first = read_trainings(tracking, 10)
    runs = tracking.client.search_runs([tracking.experiment_id])
    by_level = {
        level: [run for run in runs if run.data.tags["level"] == level] for level in ("training", "candidate", "fold")
    }
    split = json.loads(first.tags["split"])
    n_folds = len(split["folds"])
    assert {level: len(of_level) for level, of_level in by_level.items()} == {
        "training": 2,
        "candidate": 4,
        "fold": 4 * n_folds,
    }
    parents = {run.info.run_id: run.data.tags.get("mlflow.parentRunId") for run in runs}
    for fold in by_level["fold"]:
        candidate = parents[fold.info.run_id]
        assert candidate in {run.info.run_id for run in by_level["candidate"]}
        assert parents[candidate] in {newest.run_id, first.run_id}
        dates = {name: fold.data.tags[name] for name in ("origin", "end")}
        is_inner = next(one["is_inner"] for one in split["folds"] if dates.items() <= one.items())
        assert fold.data.tags["fold"] == ("inner" if is_inner else "outer")
        judged = set() if is_inner else {"cold_ndcg_at_5", "map_at_7", "log_loss", "fit_seconds"}
        assert {"ndcg_at_5", "n_tested", *judged} <= fold.data.metrics.keys()
    for run in runs:
        assert run.data.tags["data_fingerprint"] == "abc"
        assert run.data.tags["code_version"] == code_version()
        assert run.data.tags["feature_schema"] == program_schema()
        assert run.data.tags["protocol"] == "warm, cold"
        assert run.data.tags["split_id"] == first.tags["split_id"]
        assert split_of(json.loads(run.data.tags["split"])).name == run.data.tags["split_id"]
    with open_database(two_trainings).connect("training") as connection:
        rules = rules_version(read_catalogue(connection, cooling_off_days=two_trainings.cooling_off_days))
    assert {run.data.tags["rules_version"] for run in runs} == {rules}
    keys = {person_key(number) for number in range(300)}
    assert not [run for run in runs if keys & {*run.data.tags.values(), *run.data.params.values()}]


def test_split_is_that_of_the_marts_whatever_the_seed_is_now(two_trainings: Settings):
    database = open_database(two_trainings)
    begin_run(two_trainings, database, "third", train="always")
    run_step("train_models", "third", two_trainings.model_copy(update={"seed": two_trainings.seed + 1}))
    newest, before, *_ = read_trainings(open_tracking(two_trainings, database), 10)
    assert newest.tags["pipeline_run_id"] == "third"
    assert newest.tags["split_id"] == before.tags["split_id"]


def test_compare_prints_what_is_logged_and_what_differs(two_trainings: Settings, recsys: Callable[..., str]):
    tracking = open_tracking(two_trainings, open_database(two_trainings))
    newest, first = read_trainings(tracking, 2)
    printed = recsys("models", "compare")
    before, after = (read_candidates(tracking, run)["content"] for run in (first, newest))
    assert first.run_id in printed
    assert newest.run_id in printed
    epochs = next(line for line in printed.splitlines() if "content: n_epochs" in line)
    assert epochs.split()[-2:] == ["1", "5"]
    ndcg = next(line for line in printed.splitlines() if line.startswith("content") and " ndcg_at_5 " in line)
    left, right = before.metrics["ndcg_at_5"], after.metrics["ndcg_at_5"]
    assert ndcg.split()[2:] == [f"{left:.4f}", f"{right:.4f}", f"{right - left:+.4f}"]
    # Data, split, rules and code are the same, so none of them is among what differs.
    differing = printed.partition("What differs:")[2].partition("Figures as logged")[0]
    assert "split" not in differing
    assert "code" not in differing
    rankings = [read_rankings(tracking, run.run_id) for run in (first, newest)]
    resampling = Resampling(rankings[0]["customers"], two_trainings.seed)
    expected = resampling.difference(rankings[1]["content"], rankings[0]["content"])
    paired = printed.partition("paired over the same")[2]
    interval = f"{expected.mean:+.4f} ({expected.lower:+.4f} to {expected.upper:+.4f})"
    assert interval in next(line for line in paired.splitlines() if line.startswith("content"))
    assert expected.mean == pytest.approx(right - left, abs=1e-6)


def test_two_candidates_of_one_training_are_compared_by_the_beginnings_of_their_ids(
    two_trainings: Settings, recsys: Callable[..., str]
):
    tracking = open_tracking(two_trainings, open_database(two_trainings))
    candidates = read_candidates(tracking, read_trainings(tracking, 1)[0])
    ids = [candidates[name].run_id for name in ("popularity", "content")]
    compared = json.loads(recsys("models", "compare", *(one[:12] for one in ids), "--json"))
    assert [compared[side]["run_id"] for side in ("left", "right")] == ids
    assert {change["what"] for change in compared["params"]} >= {"kind", "n_epochs"}
    assert {pair["name"] for pair in compared["metrics"]} >= candidates["content"].metrics.keys()
    assert compared["paired"]["mean"] == pytest.approx(candidates["content"].metrics["ndcg_gain"], abs=1e-6)
    with pytest.raises(ModelError, match="is a candidate and run"):
        compare_runs(tracking, [ids[0], candidates["content"].training_id], 7)


def test_show_prints_every_candidate_under_both_protocols_with_who_was_chosen(
    two_trainings: Settings, recsys: Callable[..., str]
):
    tracking = open_tracking(two_trainings, open_database(two_trainings))
    training = read_trainings(tracking, 1)[0]
    printed = recsys("models", "show")
    assert printed == recsys("models", "show", training.run_id[:10])
    warm, cold = printed.partition("(cold)")[::2]
    for name, run in read_candidates(tracking, training).items():
        for part, prefix in ((warm, ""), (cold, "cold_")):
            row = next(line for line in part.splitlines() if name in line.split()[:2])
            ends = (run.metrics[f"{prefix}ndcg_at_5_lower"], run.metrics[f"{prefix}ndcg_at_5_upper"])
            assert f"{run.metrics[f'{prefix}ndcg_at_5']:.3f} ({ends[0]:.3f} to {ends[1]:.3f})" in row
        assert run.run_id[:8] in warm
    assert training.tags["chosen_because"] in printed


@pytest.mark.parametrize("run_id", ["0000dead", "not an id", "'; drop table runs; --"])
def test_unknown_run_is_named(
    tracked: Settings,  # noqa: F811
    run_id: str,
):
    with pytest.raises(NotFoundError, match="No training and no candidate") as raised:
        find_run(open_tracking(tracked, open_database(tracked)), run_id)
    assert repr(run_id) in str(raised.value)


def test_beginning_that_several_runs_share_is_not_enough(tracked: Settings):  # noqa: F811
    tracking = open_tracking(tracked, open_database(tracked))
    ids = []
    # One more than there are digits, so two of them begin alike.
    for number in range(17):
        with tracking.run(f"training {number}", {LEVEL: TRAINING_LEVEL}) as run_id:
            ids.append(run_id)
    digit, n_found = Counter(run_id[0] for run_id in ids).most_common(1)[0]
    with pytest.raises(NotFoundError, match=f"{n_found} runs begin with '{digit}'"):
        find_run(tracking, digit)
    assert find_run(tracking, ids[0]).name == "training 0"


def test_comparison_needs_two_trainings(tracked: Settings):  # noqa: F811
    with pytest.raises(NotFoundError, match="has 0 finished trainings; this needs 2"):
        compare_runs(open_tracking(tracked, open_database(tracked)), [], 7)


def test_candidate_that_could_not_be_fitted_is_a_failed_run_with_its_reason(
    tracked: Settings,  # noqa: F811
    database: Database,
    recsys: Callable[..., str],
):
    build_marts(database)
    begin_run(tracked, database, "first", train="always")
    # None of the blend's members competes.
    run_step("train_models", "first", tracked.model_copy(update={"candidates": "blend"}))
    tracking = open_tracking(tracked, database)
    blend = read_candidates(tracking, read_trainings(tracking, 1)[0])["blend"]
    assert (blend.status, blend.tags["state"]) == ("FAILED", "not fitted")
    assert "no inner fold gave any" in blend.tags["reason"]
    assert blend.params["kind"] == "blend"
    assert blend.metrics == {}
    assert blend.tags["reason"] in recsys("models", "show")


def test_commit_is_read_without_git_as_git_gives_it():
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert read_commit(PROJECT) == (asked.stdout.strip() or None)


@pytest.fixture
def recsys(tracked: Settings) -> Callable[..., str]:  # noqa: F811
    """The command line on the test's own home."""
    environment = {
        "RECSYS_HOME": str(tracked.home),
        "RECSYS_DATABASE_NAME": tracked.database_name,
        "RECSYS_MLFLOW_DATABASE": tracked.mlflow_database,
    }

    def run(*arguments: str) -> str:
        result = CliRunner(env=environment).invoke(app, arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run
