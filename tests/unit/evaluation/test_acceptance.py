from __future__ import annotations

from datetime import date
from math import log2

import numpy as np
import pytest
from matplotlib.figure import Figure

from recsys.errors import RunError
from recsys.evaluation.acceptance import Offer, Taken, offer_of
from recsys.evaluation.figures.replay import replay_figure
from recsys.evaluation.replayed import Replayed, pooled, replayed_folds
from recsys.evaluation.splits import Fold

DAY, NEXT, LAST = date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 2)
SALE = frozenset({"card", "fund", "loan", "home"})


def taken(*rows: tuple[str, str, int], is_permitted: bool = True) -> Taken:
    customers, products, ranks = zip(*rows, strict=True) if rows else ((), (), ())
    return Taken(
        np.array(customers, "S36"),
        np.array(products, np.str_),
        np.array(ranks, np.int64),
        np.full(len(rows), is_permitted),
    )


def replayed(fold: Fold, model: Offer, popularity: Offer) -> Replayed:
    return Replayed(fold, 10, 2, 1, model, popularity)


A, B = "a", "b"
MODEL = offer_of("trees", taken((A, "card", 2), (A, "fund", 0), (B, "card", 1)), {"card": 8, "fund": 2}, SALE, 6)
POPULAR = offer_of("popularity", taken((A, "card", 6), (A, "fund", 1), (B, "card", 0)), {"loan": 10}, SALE, 6)
NOBODY = offer_of("trees", taken(), {"card": 5, "loan": 0}, SALE, 6)


def test_figures_of_a_publication_are_those_of_hand_arithmetic() -> None:
    means = MODEL.means()
    assert means["found_share"] == pytest.approx(2 / 3)
    assert means["hit_rate"] == 1.0
    # A has one of six places right, B too.
    assert means["precision"] == pytest.approx(1 / 6)
    ideal_of_two = 1 + 1 / log2(3)
    assert means["ndcg"] == pytest.approx(((1 / log2(3)) / ideal_of_two + 1) / 2)
    assert means["coverage"] == 2 / 4
    assert means["acceptance"] == 2 / 10
    assert MODEL.n_opened == {"card": 2, "fund": 1}
    assert MODEL.n_found == {"card": 2}


def test_rank_beyond_five_counts_for_the_list_and_not_for_ndcg() -> None:
    means = POPULAR.means()
    assert means["hit_rate"] == 0.5
    assert means["found_share"] == pytest.approx(2 / 3)
    assert means["ndcg"] == pytest.approx((1 / (1 + 1 / log2(3)) + 0) / 2)


def test_day_on_which_nobody_took_anything_has_no_gain_and_breaks_nothing() -> None:
    day = replayed(Fold(DAY, NEXT), NOBODY, NOBODY)
    assert day.gain("ndcg", 7) is None
    assert set(day.model.means().values()) == {0.0, 1 / 4}
    assert isinstance(replay_figure([day], {}, "refitted", 7), Figure)
    together = pooled([day, replayed(Fold(NEXT, LAST), MODEL, POPULAR)])
    assert together.n_openings == 3


def test_all_dates_together_weigh_every_customer_of_every_date_alike() -> None:
    alone = offer_of("trees", taken((A, "home", 0)), {"home": 4}, frozenset({"home"}), 6)
    together = pooled([replayed(Fold(DAY, NEXT), MODEL, POPULAR), replayed(Fold(NEXT, LAST), alone, alone)])
    assert together.fold == Fold(DAY, LAST)
    assert together.model.means()["hit_rate"] == pytest.approx(2 / 3)
    assert together.model.found_share == 2 / 4
    assert together.model.acceptance == 2 / 14
    assert together.model.coverage == 3 / 4
    assert (together.n_persons, together.n_permitted, together.n_by_newcomers) == (20, 4, 2)
    gain = together.gain("hit", 7)
    assert gain is not None
    assert gain.mean == pytest.approx(1 / 3)
    assert gain.lower <= gain.mean <= gain.upper
    # Customer A of both dates is drawn as one: in no resample is only one of the two days hers.
    assert gain.lower == pytest.approx(0.0)


def test_dates_are_laid_from_the_first_on_and_each_has_all_of_its_days() -> None:
    folds = replayed_folds(DAY, date(2026, 2, 28), 30, LAST)
    assert folds == (Fold(DAY, NEXT), Fold(NEXT, LAST))
    with pytest.raises(
        RunError, match="in the 30 days after 2026-01-31 is not known: the data ends 2026-03-01"
    ) as error:
        replayed_folds(DAY, date(2026, 2, 28), 30, date(2026, 3, 1))
    assert "Let --to be 2026-01-30 or earlier" in error.value.remedy
    with pytest.raises(RunError, match="no day from"):
        replayed_folds(NEXT, DAY, 30, LAST)
