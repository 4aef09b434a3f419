from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.features.hiding import attribute_columns
from recsys.models.candidates import fit
from recsys.models.examples import build_rows, with_strangers
from recsys.models.logistic import LogisticRecipe
from recsys.models.moments import NO_MOMENTS, Moments, dates_of_moments

from .checkerboard import N_CUSTOMERS, board, marking_board

DATES = np.array(["2024-01-03", "2024-01-06", "2024-01-09"], "datetime64[D]")


def numbered(training) -> Moments:
    """At each of three dates every customer has the date's number as the code of every attribute."""
    n_attributes = training.customers.codes.shape[1]
    codes = np.tile(np.arange(3, dtype=np.int32)[:, None], (N_CUSTOMERS, n_attributes))
    return Moments(DATES, np.arange(3 * N_CUSTOMERS), codes, codes / np.float32(10))


def test_moment_of_an_opening_is_the_latest_date_before_it_or_else_the_first():
    opened = np.array(["2023-05-01", "2024-01-03", "2024-01-04", "2024-01-06", "2024-01-07", "2025-01-01"], "M8[D]")
    assert dates_of_moments(DATES, opened).tolist() == [0, 0, 0, 0, 1, 2]


def test_training_row_shows_what_was_known_before_its_opening():
    encoder, training = board()
    rows = build_rows(encoder, replace(training, moments=numbered(training)), 365.0)
    dates = dates_of_moments(DATES, training.openings.opened)
    assert set(dates.tolist()) == {0, 1, 2}
    for column in range(rows.customers.codes.shape[1] - 1):
        np.testing.assert_array_equal(rows.customers.codes[:, column], dates)
        np.testing.assert_allclose(rows.customers.lean[:, column], dates / 10)
    as_of_known_at = build_rows(encoder, training, 365.0)
    np.testing.assert_array_equal(rows.customers.held, as_of_known_at.customers.held)
    np.testing.assert_array_equal(rows.customers.codes[:, -1], as_of_known_at.customers.codes[:, -1])
    np.testing.assert_array_equal(rows.customers.person_keys, as_of_known_at.customers.person_keys)


def test_strangers_and_the_newest_rows_show_it_too():
    encoder, training = board()
    training = replace(training, moments=numbered(training))
    every, newest = build_rows(encoder, training, 365.0), build_rows(encoder, training, 365.0, most=50)
    strangers = with_strangers(newest, encoder, 1.0, 7)
    last = np.sort(np.argsort(training.openings.opened, kind="stable")[-50:])
    np.testing.assert_array_equal(newest.customers.codes, every.customers.codes[last])
    np.testing.assert_array_equal(strangers.customers.codes[50:, :-1], newest.customers.codes[:, :-1])


def test_customer_without_a_moment_is_shown_as_he_is():
    encoder, training = board()
    some = numbered(training)
    of_even = some.pairs // 3 % 2 == 0
    some = Moments(DATES, some.pairs[of_even], some.codes[of_even], some.lean[of_even])
    rows = build_rows(encoder, replace(training, moments=some), 365.0)
    is_odd = training.openings.customer % 2 == 1
    np.testing.assert_array_equal(
        rows.customers.codes[is_odd, :-1], training.customers.codes[training.openings.customer[is_odd], :-1]
    )
    dates = dates_of_moments(DATES, training.openings.opened)
    np.testing.assert_array_equal(rows.customers.codes[~is_odd, 0], dates[~is_odd])


def test_customers_and_moments_are_left_as_they_were():
    encoder, training = board()
    training = replace(training, moments=numbered(training))
    before = training.customers.codes.copy(), training.moments.codes.copy()
    build_rows(encoder, training, 365.0)
    hidden = training.without_attributes([0])
    for was, now in zip(before, (training.customers.codes, training.moments.codes), strict=True):
        np.testing.assert_array_equal(was, now)
    assert (hidden.customers.codes[:, 0] == -1).all()
    assert (hidden.moments.codes[:, 0] == -1).all()
    assert (hidden.moments.codes[:, 1] == training.moments.codes[:, 1]).all()
    assert len(NO_MOMENTS.without_attributes([0])) == 0


def test_mark_would_rank_its_product_for_who_does_not_own_it_if_it_were_shown_at_the_opening():
    encoder, training, mark = marking_board()
    assert attribute_columns(encoder)["occupation"] == mark
    vocabulary = encoder.vocabularies[mark]
    code = encoder.offsets[mark] + vocabulary.labels.index("p0")
    without_mark = training.without_attributes([mark]).customers
    codes = without_mark.codes.copy()
    codes[:, mark] = code
    with_mark = replace(without_mark, codes=codes)

    def lift(of) -> np.ndarray:
        model = fit(LogisticRecipe(), encoder, of)
        return model.score(with_mark)[:, 0] - model.score(without_mark)[:, 0]

    assert (lift(replace(training, moments=NO_MOMENTS)) > 0.3).all()
    assert (lift(training) == 0).all()
