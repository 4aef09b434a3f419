from __future__ import annotations

import numpy as np

from recsys.evaluation.gate import Contest, Reigning, decide

CUSTOMERS = np.arange(400)
NOISE = np.random.default_rng(4).normal(0, 0.1, 400)


def contest(**means: float) -> Contest:
    """Contestants with these mean NDCGs; the noise of each is its own, so that intervals have a width."""
    rolled = {name: mean + np.roll(NOISE, 7 * place) - NOISE.mean() for place, (name, mean) in enumerate(means.items())}
    return Contest(rolled, CUSTOMERS, seed=1)


def test_first_champion_is_the_best_that_beats_popularity():
    decision = decide(contest(popularity=0.3, content=0.4, hybrid=0.5), None, 0.01)
    assert decision.winner == "hybrid"
    assert "hybrid beats popularity: NDCG@5 +0.2000" in decision.reason


def test_popularity_serves_where_nothing_beats_it_for_certain():
    assert decide(contest(popularity=0.3, hybrid=0.302), None, 0.01).winner == "popularity"
    assert decide(contest(popularity=0.3, hybrid=0.2), None, 0.01).winner == "popularity"


def test_new_recipe_wins_only_with_its_whole_interval():
    certain = decide(contest(popularity=0.3, content=0.4, hybrid=0.5), Reigning("content", 0.4), 0.01)
    lucky = decide(contest(popularity=0.3, content=0.4, hybrid=0.402), Reigning("content", 0.4), 0.01)
    assert certain.winner == "hybrid"
    assert lucky.winner == "content"
    assert "No other recipe beats content" in lucky.reason


def test_same_recipe_on_newer_data_may_lose_the_margin_and_no_more():
    figures = contest(popularity=0.3, hybrid=0.395)
    assert decide(figures, Reigning("hybrid", 0.40), 0.01).winner == "hybrid"
    fallen = decide(figures, Reigning("hybrid", 0.42), 0.01)
    assert fallen.winner is None
    assert "falls from NDCG@5 0.4200 to 0.3950" in fallen.reason


def test_popularity_takes_over_from_a_champion_that_is_worse_for_certain():
    assert decide(contest(popularity=0.5, hybrid=0.3), Reigning("hybrid", 0.5), 0.01).winner == "popularity"


def test_champion_a_little_below_popularity_is_not_refitted():
    decision = decide(contest(popularity=0.302, hybrid=0.3), Reigning("hybrid", 0.3), 0.01)
    assert decision.winner is None
    assert "below popularity" in decision.reason


def test_challenger_below_popularity_never_wins():
    assert (
        decide(contest(popularity=0.5, content=0.45, hybrid=0.3), Reigning("hybrid", 0.3), 0.01).winner == "popularity"
    )


def test_popularity_as_champion_is_refitted_until_something_beats_it():
    assert decide(contest(popularity=0.4, hybrid=0.3), Reigning("popularity", 0.4), 0.01).winner == "popularity"
    assert decide(contest(popularity=0.4, hybrid=0.5), Reigning("popularity", 0.4), 0.01).winner == "hybrid"


def test_without_anybody_tested_popularity_begins_and_a_champion_stays():
    nobody = Contest({}, np.empty(0, dtype=np.int32), seed=1)
    assert decide(nobody, None, 0.01).winner == "popularity"
    assert decide(nobody, Reigning("hybrid", 0.4), 0.01).winner is None
