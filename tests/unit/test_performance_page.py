"""The measurements of `docs/performance.md`, small: that they run on the code as it is, and what their lines say."""

from __future__ import annotations

from bench import evaluating, ranking, training
from bench.made_openings import made_set


def is_complete(line: list[str]) -> bool:
    """A part, a figure, what was aimed at, and at least one peer."""
    return len(line) == 4 and all(line) and ": " in line[3]


def test_scoring_by_three_kinds_of_champion_stands_next_to_plain_scoring_and_others() -> None:
    rate, *lines = ranking.part_rows(ranking.measure(300, n_learned_from=500))
    assert is_complete(rate)
    assert "LightFM.predict" in rate[3]
    assert [line[2] for line in lines] == ["under 5"] * 3 + ["under 30"] * 3
    assert all(map(is_complete, lines))
    for line, kind in zip(lines, ["inductive", "trees", "blend"] * 2, strict=True):
        assert f"300 customers by `{kind}`" in line[0]
        assert "plain scoring" in line[3]
    for peer in ("numpy.argpartition", "implicit.cpu.topk without a filter", "implicit.cpu.topk with its filter"):
        assert peer in lines[0][3]
    assert "LightGBM's own prediction" in lines[1][3]
    assert all("reasons for every row" in line[0] for line in lines[3:])


def test_time_of_a_champion_is_its_parts_and_what_all_champions_share() -> None:
    parts = {"score": 2.0, "rank": 0.5, "all with reasons": 7.0}
    measured = {"seconds": {"encode": 1.0, "facts": 0.25, "rules": 4.0, "trees": parts}}
    assert ranking.core_seconds(measured, "trees") == 2.0 + 0.5 + 4.0
    assert ranking.seconds_with_reasons(measured, "trees") == 1.0 + 0.25 + 7.0


def test_metrics_stand_next_to_a_bare_selection_and_scikit_learn() -> None:
    (line,) = evaluating.part_rows(evaluating.measure(3_000))
    assert is_complete(line)
    assert "metrics of a candidate on 3,000 customers" in line[0]
    assert "numpy.argpartition" in line[3]
    assert "scikit-learn's ndcg_score of 3,000 customers" in line[3]


def test_training_stands_next_to_plain_lightfm_and_says_on_what() -> None:
    made = made_set(400, 6)
    measured = {"fit": training.whole_fit(made), "epoch": training.one_epoch(made)}
    fit, epoch = training.part_rows(measured)
    assert is_complete(fit)
    assert is_complete(epoch)
    assert fit[0] == "the whole fit of the inductive hybrid, 400 customers × 6 products, one thread, s"
    assert epoch[0] == "an epoch of the inductive hybrid, 400 customers × 6 products, 2 threads, s"
    assert (fit[2], epoch[2]) == ("under 20", "under 15")
    assert "plain LightFM" in fit[3]
    assert "plain LightFM" in epoch[3]
    openings = len(made.training.openings)
    told = training.sentences(measured)
    assert f"{openings:,} openings as {measured['fit']['rows']:,} rows × " in told
    assert measured["fit"]["rows"] > openings
    assert " × 30 epochs, 16 factors, one thread" in told


def test_made_customers_take_three_products_each_on_average() -> None:
    held = made_set(2_000, 24).training.customers.held.sum(axis=1)
    assert held.min() >= 1
    assert 2.9 < held.mean() < 3.1
