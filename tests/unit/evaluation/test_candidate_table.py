from __future__ import annotations

import json

import numpy as np
import pytest

from recsys.evaluation.bootstrap import Resampling
from recsys.evaluation.candidate_table import CandidateRow, candidate_rows, row_of
from recsys.evaluation.report_tables import gains_rows, product_rows, slice_rows

from .drawn_outcomes import PRODUCT_NAMES, good, popular

WARM = {"popularity": popular(), "inductive": good()}
COLD = {"popularity": popular(), "inductive": popular()}
RESAMPLING = Resampling(np.arange(WARM["inductive"].n_tested), 7)


def test_rows_stand_best_first_with_those_that_could_not_be_fitted_last():
    rows = candidate_rows(WARM, COLD, RESAMPLING, {"als": "too few openings"})
    assert [row.name for row in rows] == ["inductive", "popularity", "als"]
    assert rows[-1] == CandidateRow("als", problem="too few openings")
    assert not rows[-1].is_measured


def test_row_holds_intervals_of_both_protocols_and_paired_differences():
    best, floor = candidate_rows(WARM, COLD, RESAMPLING, {})
    ours, theirs = (WARM[name].ndcg.astype(float) for name in ("inductive", "popularity"))
    assert best.intervals["ndcg_at_5"] == RESAMPLING.mean(ours)
    assert best.intervals["cold_ndcg_at_5"].mean == pytest.approx(theirs.mean())
    assert best.intervals["map_at_7"].mean == pytest.approx(WARM["inductive"].metrics["map_at_7"], abs=1e-6)
    assert best.gain == RESAMPLING.difference(ours, theirs)
    assert best.cold_gain.mean == 0
    assert best.gap is None
    assert (floor.gain, floor.cold_gain) == (None, None)
    assert floor.gap == RESAMPLING.difference(theirs, ours)
    assert best.metrics["fit_seconds"] == 2


def test_every_figure_has_a_stable_name():
    best = candidate_rows(WARM, COLD, RESAMPLING, {})[0]
    flat = best.flat()
    assert flat["ndcg_gain_lower"] == best.gain.lower
    assert flat["cold_ndcg_at_5_upper"] == best.intervals["cold_ndcg_at_5"].upper
    assert {"ndcg_at_5", "map_at_7", "cold_ndcg_at_5", "log_loss", "cold_log_loss", "mrr", "fit_seconds"} <= flat.keys()


def test_rows_are_the_same_after_a_file():
    rows = candidate_rows(WARM, COLD, RESAMPLING, {"als": "too few openings"})
    assert [row_of(row) for row in json.loads(json.dumps([row.to_json() for row in rows]))] == rows


def test_training_in_which_nobody_could_be_tested_still_names_its_candidates():
    assert candidate_rows({}, {}, RESAMPLING, {"popularity": "nobody"}) == [
        CandidateRow("popularity", problem="nobody")
    ]


def test_tables_hold_what_the_pictures_show():
    outcome = WARM["inductive"]
    products = product_rows(outcome, PRODUCT_NAMES)
    assert [row["product"] for row in products] == list(PRODUCT_NAMES)
    assert [row["found"] for row in products] == outcome.tally.found.tolist()
    # Nobody could be shown the last product, so its precision is not known, rather than zero.
    assert products[-1]["precision"] is None
    gains = gains_rows(outcome, PRODUCT_NAMES)
    assert gains[0]["gain_at_100_percent"] == 1
    assert gains[0]["lift_at_10_percent"] == pytest.approx(outcome.gains.lift[0], abs=1e-6)


def test_groups_below_the_smallest_size_are_in_no_table():
    rows = slice_rows(WARM)
    assert {row["group"] for row in rows} == {"mass", "affluent", "student", "over 30"}
    assert {row["candidate"] for row in rows} == set(WARM)
    assert all(row["customers"] >= 50 for row in rows)
