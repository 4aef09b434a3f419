"""The measurements of `docs/performance.md`, small: that they run on the code as it is, and what their lines say."""

from __future__ import annotations

from bench import evaluating, ranking, training
from bench.made_openings import made_set


def is_complete(line: list[str]) -> bool:
    """A part, a figure, what was aimed at, and at least one peer."""
    return len(line) == 4 and all(line) and ": " in line[3]


def test_scoring_stands_next_to_a_bare_selection_implicit_and_lightfm() -> None:
    measured = ranking.measure(300)
    lines = ranking.part_rows(measured)
    assert [line[2] for line in lines] == ["100,000", "under 5", "under 30"]
    assert all(map(is_complete, lines))
    assert "300 customers" in lines[1][0]
    for peer in ("numpy.argpartition", "implicit.cpu.topk without a filter", "implicit.cpu.topk with its filter"):
        assert peer in lines[1][3]
    assert "LightFM.predict" in lines[0][3]
    assert "with reasons for every row" in lines[2][0]
    assert "plain scoring" in lines[2][3]


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
