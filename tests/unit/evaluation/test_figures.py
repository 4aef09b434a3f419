from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer

from recsys.evaluation.bootstrap import Interval, Resampling
from recsys.evaluation.candidate_table import CandidateRow, candidate_rows
from recsys.evaluation.figures.albums import candidate_album, training_album
from recsys.evaluation.figures.calibration import calibration_figure
from recsys.evaluation.figures.candidates import candidates_figure
from recsys.evaluation.figures.coverage import coverage_figure, product_mix_figure
from recsys.evaluation.figures.gains import gains_figure
from recsys.evaluation.figures.learning_curve import learning_curve_figure
from recsys.evaluation.figures.look import MOST_ROWS
from recsys.evaluation.figures.metrics_by_k import metrics_by_k_figure
from recsys.evaluation.figures.products import products_figure
from recsys.evaluation.figures.segments import segments_figure
from recsys.evaluation.gains import SHARES, Gains
from recsys.evaluation.measuring import measure
from recsys.evaluation.outcome import CUTOFFS
from recsys.evaluation.products import ProductTally
from recsys.evaluation.reliability import bin_reliability
from recsys.evaluation.slices import SliceSums
from recsys.evaluation.trial import Trial

from .drawn_outcomes import N_CUSTOMERS, PRODUCT_NAMES, good, popular

TALLY = ProductTally(np.array([10, 40, 0]), np.array([5, 50, 0]), np.array([4, 30, 0]))


def test_every_metric_is_a_line_over_k_for_each_candidate():
    ours, floor = good().metrics, popular().metrics
    figure = metrics_by_k_figure({"inductive": ours, "popularity": floor}, 192)
    panels = {axes.get_title(): axes for axes in figure.axes}
    assert set(panels) == {"NDCG", "MAP", "MRR", "Recall", "Precision", "Hit rate"}
    for title, metric in (("NDCG", "ndcg"), ("Hit rate", "hit_rate"), ("MAP", "map")):
        first, second = panels[title].get_lines()
        assert list(first.get_xdata()) == list(CUTOFFS)
        assert list(first.get_ydata()) == [ours[f"{metric}_at_{k}"] for k in CUTOFFS]
        assert list(second.get_ydata()) == [floor[f"{metric}_at_{k}"] for k in CUTOFFS]
        assert (first.get_label(), second.get_label()) == ("inductive", "popularity")
    assert f"{ours['recall_at_5']:.0%}" in figure.get_suptitle()
    assert "192 tested customers" in figure.get_supxlabel()


def test_bars_of_products_are_found_of_opened_precision_recall_and_f1_most_opened_first():
    figure = products_figure("inductive", TALLY, ("Account", "Card", "Fund"))
    found, precision, recall, f1 = figure.axes
    assert [label.get_text() for label in found.get_yticklabels()] == ["Card", "Account"]
    assert widths(found) == [40, 10, 30, 4]
    assert texts(found)[:2] == ["30 of 40", "4 of 10"]
    assert widths(precision) == pytest.approx([30 / 50, 4 / 5])
    assert widths(recall) == pytest.approx([30 / 40, 4 / 10])
    assert widths(f1) == pytest.approx([60 / 90, 8 / 15])
    assert figure.get_suptitle().startswith("inductive finds 68% of openings")


def test_of_more_than_forty_products_the_most_opened_are_drawn():
    opened = np.arange(60)
    tally = ProductTally(opened, opened, opened // 2)
    figure = products_figure("trees", tally, [f"P{number}" for number in range(60)])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == [f"P{number}" for number in range(59, 59 - MOST_ROWS, -1)]
    assert "The largest 40 of 59 are shown" in figure.get_supxlabel()


def test_gains_are_the_curves_of_each_product_and_the_lift_of_the_first_tenth():
    captured = np.zeros((2, len(SHARES)))
    captured[0], captured[1] = np.linspace(1, 20, len(SHARES)), np.linspace(2, 5, len(SHARES))
    gains = Gains(np.array([100, 90]), np.array([20, 5]), captured, np.zeros(2), np.ones(2))
    figure = gains_figure("inductive", gains, ("Card", "Fund"))
    heat, lift = figure.axes
    tenth = SHARES.index(0.1)
    np.testing.assert_allclose(
        heat.images[0].get_array(), [captured.sum(axis=0) / 25, captured[0] / 20, captured[1] / 5]
    )
    assert [label.get_text() for label in heat.get_yticklabels()] == ["All products together", "Card (20)", "Fund (5)"]
    assert widths(lift) == pytest.approx(
        [captured[:, tenth].sum() / 25 / 0.1, captured[0, tenth] / 20 / 0.1, captured[1, tenth] / 5 / 0.1]
    )


def test_reliability_is_drawn_with_the_number_of_pairs_in_each_bin():
    predicted = np.repeat([0.03, 0.25, 0.85], [400, 200, 100])
    observed = np.concatenate([np.arange(400) < 20, np.arange(200) < 80, np.arange(100) < 90]).astype(float)
    of_all, of_first = bin_reliability(predicted, observed), bin_reliability(predicted[-100:], observed[-100:])
    figure = calibration_figure("trees", of_all, of_first)
    curve, curve_of_first, counts, counts_of_first = figure.axes
    measured = curve.get_lines()[1]
    np.testing.assert_allclose(measured.get_xdata(), [0.03, 0.25, 0.85])
    np.testing.assert_allclose(measured.get_ydata(), [0.05, 0.4, 0.9])
    assert [bar.get_height() for bar in counts.patches] == [400, 200, 100]
    assert [bar.get_height() for bar in counts_of_first.patches] == [100]
    assert f"{of_all.error:.4f}" in curve.get_title()
    assert f"{of_first.error:.4f}" in curve_of_first.get_title()


def test_learning_curve_marks_the_best_epoch_and_popularity():
    figure = learning_curve_figure("inductive", {1: 0.4, 5: 0.6, 9: 0.5}, 0.35)
    curve, best, floor = figure.axes[0].get_lines()
    assert list(zip(curve.get_xdata(), curve.get_ydata(), strict=True)) == [(1, 0.4), (5, 0.6), (9, 0.5)]
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([5], [0.6])
    assert set(floor.get_ydata()) == {0.35}
    assert "epoch 5 of 9" in figure.get_suptitle()


def test_learning_curve_that_still_rises_says_so():
    assert "more might help" in learning_curve_figure("inductive", {1: 0.4, 2: 0.6}, 0.3).get_suptitle()


def test_candidates_are_drawn_with_both_protocols_and_both_differences():
    rows = [
        CandidateRow(
            "inductive",
            {"ndcg_at_5": Interval(0.6, 0.58, 0.62), "cold_ndcg_at_5": Interval(0.4, 0.37, 0.43)},
            gain=Interval(0.2, 0.18, 0.22),
            cold_gain=Interval(0.1, 0.05, 0.15),
        ),
        CandidateRow(
            "popularity",
            {"ndcg_at_5": Interval(0.4, 0.38, 0.42), "cold_ndcg_at_5": Interval(0.3, 0.28, 0.32)},
            gap=Interval(-0.2, -0.22, -0.18),
        ),
        CandidateRow("als", problem="too few openings"),
    ]
    figure = candidates_figure(rows, 500)
    ndcg, gain, gap = figure.axes
    assert [label.get_text() for label in ndcg.get_yticklabels()] == ["inductive", "popularity"]
    assert intervals(ndcg) == [[(0.58, 0.62), (0.38, 0.42)], [(0.37, 0.43), (0.28, 0.32)]]
    assert intervals(gain) == [[(0.18, 0.22)], [(0.05, 0.15)]]
    assert intervals(gap) == [[(-0.22, -0.18)]]
    assert [line.lines[0].get_xdata().tolist() for line in bars_of(ndcg)] == [[0.6, 0.4], [0.4, 0.3]]
    assert figure.get_suptitle() == (
        "inductive ranks best: NDCG@5 0.600, +0.200 to popularity; all others are worse for certain"
    )
    assert "Not fitted: als" in figure.get_supxlabel()
    assert "500 tested customers" in figure.get_supxlabel()


def test_coverage_and_popularity_bias_are_bars_for_each_candidate():
    metrics = {"inductive": good().metrics, "popularity": popular().metrics}
    figure = coverage_figure(metrics, N_CUSTOMERS)
    coverage, bias, gini, diversity = figure.axes
    for axes, name in (
        (coverage, "coverage_at_5"),
        (bias, "popularity_at_5"),
        (gini, "exposure_gini_at_5"),
        (diversity, "diversity_at_5"),
    ):
        assert widths(axes) == [metrics[candidate][name] for candidate in metrics]


def test_product_mix_sets_places_in_lists_beside_openings():
    outcome = good()
    axes = product_mix_figure("inductive", outcome.exposure, outcome.tally, PRODUCT_NAMES).axes[0]
    n_shown = len(axes.get_yticklabels())
    order = [PRODUCT_NAMES.index(label.get_text()) for label in axes.get_yticklabels()]
    opened, offered = outcome.tally.opened[order], outcome.exposure.offered[order]
    np.testing.assert_allclose(widths(axes)[:n_shown], opened / outcome.tally.opened.sum())
    np.testing.assert_allclose(widths(axes)[n_shown:], offered / outcome.exposure.offered.sum())


def test_heat_map_holds_ndcg_of_each_group_and_candidate_and_no_small_group():
    outcomes = {"inductive": good(), "popularity": popular()}
    figure = segments_figure({name: outcome.slices for name, outcome in outcomes.items()})
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert [label.partition(" (")[0] for label in labels] == [
        "segment: mass",
        "segment: affluent",
        "segment: student",
        "age band: over 30",
    ]
    groups = [("segment", "mass"), ("segment", "affluent"), ("segment", "student"), ("age_band", "over 30")]
    expected = [
        [outcomes[name].slices[slicing].means()[label]["ndcg_at_5"] for name in outcomes] for slicing, label in groups
    ]
    np.testing.assert_allclose(axes.images[0].get_array(), expected)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["inductive", "popularity"]
    assert "under 30" not in "".join(labels)


def test_heat_map_without_a_group_that_may_be_shown_says_so():
    nobody = SliceSums(("small",), np.array([3]), {"ndcg_at_5": np.ones(1)}, {"ndcg_at_5": np.ones(1, dtype=int)})
    figure = segments_figure({"inductive": {"segment": nobody}})
    assert "large enough" in figure.get_suptitle()
    assert not figure.axes[0].images


@pytest.mark.parametrize("album", ["candidate", "training"])
def test_every_picture_of_an_album_is_a_png_of_a_thousand_pixels(album: str):
    warm = {"inductive": good(), "popularity": popular()}
    if album == "candidate":
        pictures = dict(candidate_album("inductive", [good(3), good(4)], [popular(3), popular(4)], PRODUCT_NAMES))
        assert set(pictures) == {
            "metrics_by_k", "products", "gains", "calibration", "product_mix", "learning_curve",
        }  # fmt: skip
    else:
        rows = candidate_rows(warm, warm, Resampling(np.arange(warm["inductive"].n_tested), 7), {"als": "too few"})
        pictures = dict(training_album(rows, warm, "inductive"))
        assert set(pictures) == {"candidates", "metrics_by_k", "coverage", "segments"}
    for figure in pictures.values():
        figure.savefig(picture := io.BytesIO())
        assert picture.getvalue().startswith(b"\x89PNG")
        assert int.from_bytes(picture.getvalue()[16:20], "big") == 1000


def test_outcome_of_one_customer_whom_nothing_was_found_for_is_drawn():
    scores = np.arange(12, dtype=np.float64)[None, ::-1]
    relevant = np.zeros((1, 12), dtype=np.bool_)
    relevant[0, -1] = True
    outcome = measure(scores, Trial(np.ones_like(relevant), relevant))
    names = [f"P{number}" for number in range(12)]
    rows = candidate_rows({"popularity": outcome}, {}, Resampling(np.zeros(1, dtype=int), 7), {})
    drawn = [
        *candidate_album("popularity", [outcome], [outcome], names),
        *training_album(rows, {"popularity": outcome}, "popularity"),
    ]
    for _, figure in drawn:
        figure.savefig(io.BytesIO())
    # Nothing made probabilities of its scores, so there is nothing to say of calibration.
    assert [name for name, _ in drawn] == [
        "metrics_by_k", "products", "gains", "product_mix", "candidates", "metrics_by_k", "coverage", "segments",
    ]  # fmt: skip


def test_training_in_which_nobody_was_tested_has_no_picture():
    assert list(training_album([CandidateRow("popularity", problem="nobody")], {}, "popularity")) == []


def widths(axes: Axes) -> list[float]:
    return [bar.get_width() for bar in axes.patches]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def bars_of(axes: Axes) -> list[ErrorbarContainer]:
    return [container for container in axes.containers if isinstance(container, ErrorbarContainer)]


def intervals(axes: Axes) -> list[list[tuple[float, float]]]:
    segments = [bars.lines[2][0].get_segments() for bars in bars_of(axes)]
    drawn = [[(round(float(one[0][0]), 9), round(float(one[1][0]), 9)) for one in of_mark] for of_mark in segments]
    return [of_mark for of_mark in drawn if of_mark]
