from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.evaluation.gate import Decision, Rankings, Reigning, decide, reference_of

CUSTOMERS = np.arange(400)
NOISE = np.random.default_rng(4).normal(0, 0.1, 400)
HYBRID, POPULARITY = Reigning("hybrid", 0.0), Reigning("popularity", 0.0)


def rankings(**means: float) -> Rankings:
    """Contestants with these mean NDCGs; the noise of each is its own, so that intervals have a width."""
    rolled = {name: mean + np.roll(NOISE, 7 * place) - NOISE.mean() for place, (name, mean) in enumerate(means.items())}
    return Rankings(rolled, CUSTOMERS, seed=1)


def judged(
    figures: Rankings,
    challenger: str = "hybrid",
    champion: Reigning | None = None,
    margin: float = 0.01,
    broken: dict[str, list[str]] | None = None,
) -> Decision:
    return decide(figures, challenger, champion, margin, broken)


def test_first_champion_is_the_challenger_that_beats_popularity():
    decision = judged(rankings(popularity=0.3, content=0.4, hybrid=0.5))
    assert decision.winner == "hybrid"
    assert "hybrid beats popularity: NDCG@5 +0.2000" in decision.reason


def test_outer_folds_judge_the_challenger_and_choose_nobody_else():
    figures = rankings(popularity=0.3, content=0.6, hybrid=0.5)
    assert judged(figures).winner == "hybrid"
    assert judged(figures, champion=POPULARITY).winner == "hybrid"
    assert judged(rankings(popularity=0.3, content=0.6, hybrid=0.2)).winner == "popularity"


def test_popularity_serves_where_the_challenger_does_not_beat_it_for_certain():
    assert judged(rankings(popularity=0.3, hybrid=0.302)).winner == "popularity"
    assert judged(rankings(popularity=0.3, hybrid=0.2)).winner == "popularity"
    assert judged(rankings(popularity=0.3, hybrid=0.5), "popularity").winner == "popularity"


def test_new_recipe_wins_only_with_its_whole_interval():
    champion = Reigning("content", 0.1)
    certain = judged(rankings(popularity=0.3, content=0.4, hybrid=0.5), champion=champion)
    lucky = judged(rankings(popularity=0.3, content=0.4, hybrid=0.402), champion=champion)
    assert certain.winner == "hybrid"
    assert lucky.winner == "content"
    assert "hybrid does not beat content for certain" in lucky.reason


def test_same_recipe_on_newer_data_may_lose_the_margin_and_no_more():
    figures = rankings(popularity=0.3, hybrid=0.395)
    upper = figures.difference("hybrid", "popularity").upper
    assert judged(figures, champion=Reigning("hybrid", 0.10)).winner == "hybrid"
    assert judged(figures, champion=Reigning("hybrid", upper + 0.009)).winner == "hybrid"
    fallen = judged(figures, champion=Reigning("hybrid", upper + 0.011))
    assert fallen.winner is None
    assert "falls from" in fallen.reason


def test_reason_says_on_which_data_a_recipe_was_fitted_again():
    figures = rankings(popularity=0.3, hybrid=0.395)
    assert "hybrid is refitted on newer data" in judged(figures, champion=Reigning("hybrid", 0.1)).reason
    again = judged(figures, champion=Reigning("hybrid", 0.1, "the same"))
    assert again.winner == "hybrid"
    assert "hybrid is refitted on the same data" in again.reason
    assert "refitted on other data, hybrid falls" in judged(figures, champion=Reigning("hybrid", 0.9, "other")).reason


def test_harder_month_for_everybody_is_no_fall():
    harder = rankings(popularity=0.2, hybrid=0.3)
    assert judged(harder, champion=Reigning("hybrid", 0.1), margin=0.0).winner == "hybrid"


def test_contestant_that_is_barred_never_serves_and_the_reason_says_why():
    barred = {"collaborative": "it keeps a vector per customer"}
    figures = replace(rankings(popularity=0.3, collaborative=0.6, hybrid=0.5), barred=barred)
    for champion in (None, POPULARITY, Reigning("hybrid", 0.2)):
        decision = judged(figures, champion=champion)
        assert decision.winner == "hybrid"
        assert "collaborative (NDCG@5 0.6000) was left out: it keeps a vector per customer" in decision.reason
    assert judged(figures, "collaborative").winner == "popularity"
    assert judged(figures, "collaborative", Reigning("hybrid", 0.2)).winner == "hybrid"


def test_leak_bars_the_challenger_and_the_recipe_of_the_champion_alike():
    leaking = dict.fromkeys(("hybrid", "content"), "it reads a feature that knows the answer")
    figures = replace(rankings(popularity=0.3, content=0.5, hybrid=0.9), barred=leaking)
    first = judged(figures)
    assert first.winner == "popularity"
    assert "knows the answer" in first.reason
    assert judged(figures, champion=Reigning("content", 0.2)).winner is None


def test_guardrail_that_is_broken_stops_a_promotion_and_says_which():
    figures, broken = rankings(popularity=0.3, content=0.4, hybrid=0.5), {"hybrid": ["retail loses 0.1"]}
    first = judged(figures, broken=broken)
    assert first.winner == "popularity"
    assert "breaks guardrails: retail loses 0.1" in first.reason
    later = judged(figures, champion=Reigning("content", 0.1), broken=broken)
    assert later.winner == "content"
    assert "retail loses 0.1" in later.reason
    assert judged(figures, champion=Reigning("hybrid", 0.1), broken=broken).winner is None


def test_challenger_that_could_not_be_fitted_leaves_things_as_they_are():
    figures = rankings(popularity=0.3, content=0.4)
    assert judged(figures).winner == "popularity"
    assert judged(figures, champion=Reigning("content", 0.1)).winner == "content"


def test_challenger_of_a_champion_that_could_not_be_fitted_must_beat_popularity():
    gone = Reigning("content", 0.1)
    certain = judged(rankings(popularity=0.3, hybrid=0.5), champion=gone)
    assert certain.winner == "hybrid"
    assert "content could not be fitted on the folds: it beats popularity: NDCG@5 +0.2000" in certain.reason
    for figures in (rankings(popularity=0.3, hybrid=0.302), rankings(popularity=0.3, hybrid=0.2)):
        lucky = judged(figures, champion=gone)
        assert lucky.winner is None
        assert "hybrid does not beat popularity for certain" in lucky.reason
        assert "its recipe content could not be fitted" in lucky.reason
    assert judged(rankings(popularity=0.3), "popularity", gone).winner is None


def test_challenger_is_measured_against_popularity_where_the_champion_was_not_fitted():
    figures = rankings(popularity=0.3, hybrid=0.5)
    assert reference_of(figures, None) == reference_of(figures, Reigning("content", 0.1)) == "popularity"
    assert reference_of(figures, HYBRID) == "hybrid"


def test_champion_whose_recipe_falls_below_popularity_for_certain_makes_room_for_it():
    assert judged(rankings(popularity=0.5, hybrid=0.3), champion=HYBRID).winner == "popularity"
    figures = rankings(popularity=0.5, content=0.45, hybrid=0.3)
    assert judged(figures, "content", HYBRID).winner == "popularity"


def test_champion_a_little_below_popularity_is_not_refitted():
    decision = judged(rankings(popularity=0.302, hybrid=0.3), champion=HYBRID)
    assert decision.winner is None
    assert "below popularity" in decision.reason


def test_popularity_as_champion_is_refitted_until_something_beats_it():
    assert judged(rankings(popularity=0.4, hybrid=0.3), champion=POPULARITY).winner == "popularity"
    assert judged(rankings(popularity=0.4, hybrid=0.5), champion=POPULARITY).winner == "hybrid"


def test_without_anybody_tested_popularity_begins_and_a_champion_stays():
    nobody = Rankings({}, np.empty(0, dtype=np.int32), seed=1)
    assert judged(nobody).winner == "popularity"
    assert judged(nobody, champion=Reigning("hybrid", 0.4)).winner is None
