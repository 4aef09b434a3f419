from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from recsys.cli.models_compare import _say_comparison
from recsys.evaluation.comparison import Compared, compare
from recsys.io.training_runs import LoggedRun
from recsys.steps.model_comparison import RunsCompared

CUSTOMERS = np.arange(4)
TAGS = {"data_fingerprint": "abc", "split_id": "s1", "tested": "t1"}
NDCG = np.array([0.5, 0.0, 1.0, 0.5])


def told(right: dict[str, float], ndcg: np.ndarray, every: bool, capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of two trainings with one candidate, the left one with NDCG .5 and a fit of one second."""
    left = {"ndcg_at_5": 0.5, "mrr": 0.4, "fit_seconds": 1.0}
    sides = (
        Compared("1", "trees", TAGS, {}, left, NDCG, CUSTOMERS),
        Compared("2", "trees", TAGS, {}, {**left, "fit_seconds": 2.0, **right}, ndcg, CUSTOMERS),
    )
    one = compare(*sides, 7)
    runs = [
        LoggedRun(side.run_id, "training", "training", None, "FINISHED", datetime(2026, 1, 1, tzinfo=UTC), {}, {}, {})
        for side in sides
    ]
    _say_comparison(RunsCompared(*runs, one, [one], [], []), every)
    return capsys.readouterr().out


def test_only_figures_that_differ_are_shown(capsys: pytest.CaptureFixture[str]):
    said = told({"ndcg_at_5": 0.625}, NDCG + 0.125, every=False, capsys=capsys)
    assert "+0.1250" in said
    assert "mrr" not in said
    assert "fit_seconds" not in said


def test_trainings_that_came_to_the_same_are_told_in_a_line(capsys: pytest.CaptureFixture[str]):
    said = told({}, NDCG, every=False, capsys=capsys)
    assert "Every figure is the same; `--all` shows them." in said
    assert "NDCG@5 of every one of the same 4 rankings is the same." in said
    assert "+0.0000" not in said


def test_every_figure_is_shown_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]):
    said = told({}, NDCG, every=True, capsys=capsys)
    assert {"mrr", "ndcg_at_5", "fit_seconds"} <= set(said.split())
