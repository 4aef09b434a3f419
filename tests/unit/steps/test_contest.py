from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.evaluation.slices import Slicing
from recsys.models.popularity import PopularityRecipe
from recsys.models.recipe import Recipe
from recsys.steps.training.contest import hold_contest
from recsys.steps.training.selection import try_on_inner_folds

from .fold_of_the_checkerboard import fold

# Weights of openings, and so all scores, of the first are no numbers.
RECIPES: dict[str, Recipe] = {"diverged": PopularityRecipe(half_life_days=float("nan")), "sound": PopularityRecipe()}


def ignored(done: int, total: int, unit: str) -> None:
    """No progress is shown."""


def test_model_whose_scores_are_no_numbers_is_out_of_the_inner_folds_and_ends_no_training():
    trials = try_on_inner_folds([fold()], RECIPES, ignored)
    assert trials.mean_ndcg().keys() == {"sound"}
    assert all(scores.keys() == {"sound"} for scores in trials.scores.values())
    assert trials.unfitted.keys() == {"diverged"}
    assert "are not finite numbers" in trials.unfitted["diverged"]


def test_model_whose_scores_are_no_numbers_is_out_of_the_contest_and_the_others_go_on():
    seen = []
    contest = hold_contest([fold()], 1, RECIPES, {}, ignored, lambda name, *_: seen.append(name))
    assert contest.unfitted.keys() == {"diverged"}
    assert "are not finite numbers" in contest.unfitted["diverged"]
    assert seen == ["sound"]
    for outcomes in contest.outcomes.values():
        assert outcomes["diverged"] == []
        assert len(outcomes["sound"]) == 1
    assert contest.parity.keys() == {"sound"}


def test_parity_is_that_of_the_last_fold_in_which_anybody_is_tested():
    everybody = np.arange(len(fold().rows))
    tested = replace(fold(), parity_groups=(Slicing("gender", (everybody % 2).astype(np.int32), ("female", "male")),))
    nobody = replace(tested, rows=everybody[:0])
    contest = hold_contest([tested, nobody], 2, {"sound": PopularityRecipe()}, {}, ignored, lambda *_: None)
    assert contest.parity["sound"]["gender"].precision_by_group.keys() == {"female", "male"}
