from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.features.hiding import attribute_columns
from recsys.io.marts import read_training_customers
from recsys.io.postgres import Database
from recsys.models.candidates import fit
from recsys.models.examples import TrainingRows, build_rows
from recsys.models.logistic import LogisticRecipe
from recsys.models.moments import NO_MOMENTS
from recsys.settings import Settings
from recsys.steps.runner import run_step
from recsys.steps.training import moments
from recsys.steps.training.folds import Known, read_known

from .bank_with_a_past import DAY, END, N_CUSTOMERS, customer_key, whole_bank, write_bank
from .marts_of_a_learning_bank import AS_OF, FEATURE_DATES, PRODUCT_IDS, build_marts, person_key

PERSON = 17


def read(database: Database, day: date = AS_OF) -> Known:
    with database.connect("training") as connection:
        return read_known(connection, day, AS_OF, 1_000)


def rows_of(known: Known) -> TrainingRows:
    return build_rows(known.encoder, known.training, 365.0)


def change(database: Database, query: str, values: Mapping[str, Any]) -> None:
    with database.connect("transform") as connection:
        connection.execute(query, values)


def known_at(database: Database, encoder: CustomerEncoder, day: date) -> CustomerBlock:
    with database.connect("training") as connection:
        return encoder.transform(read_training_customers(connection, day, encoder.spending_categories, 1_000))


def mark_owners(database: Database) -> None:
    """Owning the first product has an education of its own, from the feature date on that knows of it."""
    change(
        database,
        "update marts.feat_customers set education = case when %(product)s = any(held_product_ids) then 'owner' "
        "else 'other' end",
        {"product": PRODUCT_IDS[0]},
    )


def is_owner(encoder: CustomerEncoder, customers: CustomerBlock) -> NDArray[np.bool_]:
    column = attribute_columns(encoder)["education"]
    code = encoder.offsets[column] + encoder.vocabularies[column].labels.index("owner")
    return np.asarray(customers.codes[:, column] == code)


def with_education(encoder: CustomerEncoder, customers: CustomerBlock, label: str) -> CustomerBlock:
    column = attribute_columns(encoder)["education"]
    codes = customers.codes.copy()
    codes[:, column] = encoder.offsets[column] + encoder.vocabularies[column].labels.index(label)
    return replace(customers, codes=codes)


def test_training_row_shows_what_the_marts_knew_on_the_latest_date_before_its_opening(database: Database):
    build_marts(database)
    mark_owners(database)
    known = read(database)
    rows, openings = rows_of(known), known.training.openings
    of_mark = openings.take(openings.product == 0)
    first_opened = np.full(len(known.training.customers), np.datetime64("2100-01-01"))
    np.minimum.at(first_opened, of_mark.customer, of_mark.opened)
    days = np.array(FEATURE_DATES[:-1], "datetime64[D]")
    moment = days[np.maximum(np.searchsorted(days, openings.opened) - 1, 0)]
    expected = first_opened[openings.customer] <= moment
    np.testing.assert_array_equal(is_owner(known.encoder, rows.customers), expected)
    is_first_product = (openings.product == 0) & (openings.opened > days[0])
    assert is_first_product.sum() > 20
    assert not expected[is_first_product].any()
    assert expected.any()
    assert is_owner(known.encoder, known.training.customers)[of_mark.customer].all()


def test_mark_of_owners_is_a_reason_to_take_the_product_only_if_it_is_shown_as_of_the_origin(database: Database):
    build_marts(database)
    mark_owners(database)
    known = read(database)
    encoder, customers = known.encoder, known.encoder.as_strangers(known.training.customers)

    def lift(of: Known) -> float:
        model = fit(LogisticRecipe(), encoder, of.training)
        owners, others = (model.score(with_education(encoder, customers, label)) for label in ("owner", "other"))
        return float((owners - others)[:, 0].mean())

    as_of_origin = replace(known, training=replace(known.training, moments=NO_MOMENTS))
    assert lift(as_of_origin) > 1
    assert lift(known) < 0.2


def test_fold_is_shown_nothing_that_is_known_after_its_origin(database: Database):
    build_marts(database)
    origin = FEATURE_DATES[3]
    before = read(database, origin)
    change(database, "update marts.feat_customers set segment = 'later' where feature_date > %(day)s", {"day": origin})
    after = read(database, origin)
    assert before.training.moments.feature_dates.tolist() == list(FEATURE_DATES[:3])
    for name in ("pairs", "codes", "lean"):
        np.testing.assert_array_equal(
            getattr(before.training.moments, name), getattr(after.training.moments, name), err_msg=name
        )


def test_person_who_was_not_known_yet_is_shown_as_on_the_next_date(database: Database):
    build_marts(database)
    third = FEATURE_DATES[2]
    change(
        database,
        "delete from marts.feat_customers where person_key = %(person)s and feature_date < %(day)s",
        {"person": person_key(PERSON), "day": third},
    )
    change(
        database,
        "update marts.feat_customers set annual_income = 90000 "
        "where person_key = %(person)s and feature_date > %(day)s",
        {"person": person_key(PERSON), "day": third},
    )
    change(
        database,
        "update marts.fct_holdings set opened_date = %(early)s where person_key = %(person)s",
        {"person": person_key(PERSON), "early": FEATURE_DATES[0]},
    )
    known = read(database)
    rows = rows_of(known)
    mine = rows.customers.person_keys == person_key(PERSON).encode()
    then = known_at(database, known.encoder, third)
    expected = then.take(then.person_keys == person_key(PERSON).encode()).codes[0, :-1]
    assert mine.any()
    np.testing.assert_array_equal(rows.customers.codes[mine, :-1], np.tile(expected, (mine.sum(), 1)))
    column = attribute_columns(known.encoder)["annual_income"]
    of_today = known.training.customers.person_keys == person_key(PERSON).encode()
    assert known.training.customers.codes[of_today, column] != expected[column]


def test_spending_from_before_the_bank_had_bookings_is_that_of_the_first_date_with_whole_windows(database: Database):
    build_marts(database)
    young, whole = FEATURE_DATES[1:3]
    # Another spending on every date for everybody; the bookings began shortly before the second date.
    for number, day in enumerate(FEATURE_DATES[1:]):
        change(
            database,
            """
            update marts.feat_customers set
                spend_90d = (annual_income / 100 + %(number)s * 37) %% 300,
                spend_365d = (annual_income / 100 + %(number)s * 37) %% 300 + %(older)s
            where feature_date = %(day)s
            """,
            {"number": number, "day": day, "older": 0 if day == young else 50},
        )
    known = read(database)
    rows, openings = rows_of(known), known.training.openings
    column = attribute_columns(known.encoder)["spend_365d"]
    is_early = openings.opened <= np.datetime64(FEATURE_DATES[3])
    assert 20 < is_early.sum() < len(openings)
    for day, of_them in ((whole, is_early), (FEATURE_DATES[-2], openings.opened > np.datetime64(FEATURE_DATES[-2]))):
        then = known_at(database, known.encoder, day)
        np.testing.assert_array_equal(then.person_keys, known.training.customers.person_keys)
        expected = then.codes[openings.customer[of_them], column]
        assert len(np.unique(expected)) > 3
        np.testing.assert_array_equal(rows.customers.codes[of_them, column], expected)


def test_moments_that_are_read_a_few_at_a_time_are_the_same(database: Database, monkeypatch: pytest.MonkeyPatch):
    build_marts(database)
    mark_owners(database)
    whole = read(database).training.moments
    monkeypatch.setattr(moments, "READ_AT_A_TIME", 37)
    in_parts = read(database).training.moments
    assert len(whole) > 10 * 37
    for name in ("feature_dates", "pairs", "codes", "lean"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(in_parts, name), err_msg=name)


def test_bank_without_dated_openings_has_no_moments_and_reads_none(database: Database):
    build_marts(database)
    change(database, "update marts.fct_holdings set is_opened_date_assumed = true", {})
    assert read(database).training.moments is NO_MOMENTS


def test_marts_of_a_bank_tell_a_customer_who_moved_up_from_who_he_was_at_each_opening(
    home: Settings, database: Database
):
    write_bank(database, whole_bank(), "run", END)
    run_step("build_marts", "run", home)
    with database.connect("training") as connection:
        known = read_known(connection, END, END, 1_000)
    rows, openings = rows_of(known), known.training.openings
    column = attribute_columns(known.encoder)["segment"]
    labels = known.encoder.vocabularies[column].labels
    segments = [labels[code - known.encoder.offsets[column]] for code in rows.customers.codes[:, column]]
    numbers = {str(customer_key(number)).encode(): number for number in range(N_CUSTOMERS)}
    last_origin = known.training.moments.feature_dates[-1].astype(date)
    moved = DAY + timedelta(days=3)
    assert last_origin < moved
    movers = 0
    for key, segment in zip(rows.customers.person_keys.tolist(), segments, strict=True):
        number = numbers[key]
        # Who came after the last origin is shown as he is.
        was_known = number % 8 != 7
        movers += number % 9 == 0 and number % 4 != 3 and was_known
        is_moved = number % 9 == 0 and not was_known
        assert segment == ("segment_3" if is_moved else f"segment_{number % 4}")
    assert movers > 20
    assert len(openings) == len(segments)
