from __future__ import annotations

from recsys.evaluation.choice import choose

ALL = ("popularity", "collaborative", "inductive", "trees")


def test_best_on_the_inner_folds_goes_to_the_gate():
    choice = choose({"popularity": 0.3, "inductive": 0.5, "trees": 0.6}, (), ALL)
    assert choice.challenger == "trees"
    assert "then inductive with 0.5000" in choice.reason


def test_barred_candidate_is_not_chosen():
    assert choose({"popularity": 0.3, "collaborative": 0.9, "inductive": 0.5}, {"collaborative"}, ALL).challenger == (
        "inductive"
    )


def test_popularity_is_the_floor():
    assert choose({"popularity": 0.5, "inductive": 0.49}, (), ALL).challenger == "popularity"
    assert choose({"popularity": 0.5, "inductive": 0.5}, (), ALL).challenger == "popularity"


def test_history_too_short_for_an_inner_fold_leaves_the_default():
    assert choose({}, (), ALL).challenger == "inductive"
    assert choose({}, (), ("popularity",)).challenger == "popularity"
