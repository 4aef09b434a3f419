from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.evaluation.gate import Rankings, Reigning, decide

CUSTOMERS = np.arange(400)
NOISE = np.random.default_rng(4).normal(0, 0.1, 400)


def rankings(**means: float) -> Rankings:
    """Contestants with these mean NDCGs; the noise of each is its own, so that intervals have a width."""
    rolled = {name: mean + np.roll(NOISE, 7 * place) - NOISE.mean() for place, (name, mean) in enumerate(means.items())}
    return Rankings(rolled, CUSTOMERS, seed=1)


def test_first_champion_is_the_best_that_beats_popularity():
    decision = decide(rankings(popularity=0.3, content=0.4, hybrid=0.5), None, 0.01)
    assert decision.winner == "hybrid"
    assert "hybrid beats popularity: NDCG@5 +0.2000" in decision.reason


def test_popularity_serves_where_nothing_beats_it_for_certain():
    assert decide(rankings(popularity=0.3, hybrid=0.302), None, 0.01).winner == "popularity"
    assert decide(rankings(popularity=0.3, hybrid=0.2), None, 0.01).winner == "popularity"


def test_new_recipe_wins_only_with_its_whole_interval():
    certain = decide(rankings(popularity=0.3, content=0.4, hybrid=0.5), Reigning("content", 0.1), 0.01)
    lucky = decide(rankings(popularity=0.3, content=0.4, hybrid=0.402), Reigning("content", 0.1), 0.01)
    assert certain.winner == "hybrid"
    assert lucky.winner == "content"
    assert "No other recipe beats content" in lucky.reason


def test_same_recipe_on_newer_data_may_lose_the_margin_and_no_more():
    figures = rankings(popularity=0.3, hybrid=0.395)
    upper = figures.difference("hybrid", "popularity").upper
    assert decide(figures, Reigning("hybrid", 0.10), 0.01).winner == "hybrid"
    assert decide(figures, Reigning("hybrid", upper + 0.009), 0.01).winner == "hybrid"
    fallen = decide(figures, Reigning("hybrid", upper + 0.011), 0.01)
    assert fallen.winner is None
    assert "falls from" in fallen.reason


def test_harder_month_for_everybody_is_no_fall():
    harder = rankings(popularity=0.2, hybrid=0.3)
    assert decide(harder, Reigning("hybrid", 0.1), 0.0).winner == "hybrid"


def test_contestant_with_a_vector_per_customer_never_serves_and_the_reason_says_so():
    figures = replace(rankings(popularity=0.3, collaborative=0.6, hybrid=0.5), barred=frozenset({"collaborative"}))
    for champion in (None, Reigning("popularity", 0.0), Reigning("hybrid", 0.2)):
        decision = decide(figures, champion, 0.01)
        assert decision.winner == "hybrid"
        assert "collaborative (NDCG@5 0.6000) was left out" in decision.reason


def test_popularity_takes_over_from_a_champion_that_is_worse_for_certain():
    assert decide(rankings(popularity=0.5, hybrid=0.3), Reigning("hybrid", 0.0), 0.01).winner == "popularity"


def test_champion_a_little_below_popularity_is_not_refitted():
    decision = decide(rankings(popularity=0.302, hybrid=0.3), Reigning("hybrid", 0.0), 0.01)
    assert decision.winner is None
    assert "below popularity" in decision.reason


def test_challenger_below_popularity_never_wins():
    assert (
        decide(rankings(popularity=0.5, content=0.45, hybrid=0.3), Reigning("hybrid", 0.0), 0.01).winner == "popularity"
    )


def test_popularity_as_champion_is_refitted_until_something_beats_it():
    assert decide(rankings(popularity=0.4, hybrid=0.3), Reigning("popularity", 0.0), 0.01).winner == "popularity"
    assert decide(rankings(popularity=0.4, hybrid=0.5), Reigning("popularity", 0.0), 0.01).winner == "hybrid"


def test_without_anybody_tested_popularity_begins_and_a_champion_stays():
    nobody = Rankings({}, np.empty(0, dtype=np.int32), seed=1)
    assert decide(nobody, None, 0.01).winner == "popularity"
    assert decide(nobody, Reigning("hybrid", 0.4), 0.01).winner is None
