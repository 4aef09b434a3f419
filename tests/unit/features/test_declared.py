"""Columns that a bank declares beyond the contract: which become features, and what becomes of their values."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import PrivacyError
from recsys.explanation.phrases import phrases_in
from recsys.explanation.reason import reasons_of
from recsys.explanation.wording import is_told, sentence
from recsys.features.declared import (
    MAX_LENGTH,
    DeclaredFeature,
    declared_feature,
    declared_features,
    product_labels,
    unread_columns,
    values_of,
)
from recsys.features.encoder import CustomerEncoder, arrow_type, fit_encoder
from recsys.features.hiding import attribute_groups
from recsys.features.storage import encoder_of, encoder_to_json
from recsys.features.vocabulary import MAX_LABELS, REST
from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.manifest import Manifest, parse_manifest

DAY = date(2026, 1, 31)
N = 100


def column(name: str = "habit", kind: Kind = Kind.TEXT, privacy: Privacy = Privacy.KEEP, **more: Any) -> Column:
    return Column(name, kind, privacy, more.pop("purpose", Purpose.FEATURE), "", raw_name=name, **more)


def feature(kind: Kind = Kind.TEXT, **more: Any) -> DeclaredFeature:
    return declared_feature("customers", column(kind=kind, **more))


def read(one: DeclaredFeature, *texts: str | None) -> list[Any]:
    return values_of(one, pa.array(texts, pa.string()), DAY).to_pylist()


def people(**columns: Any) -> pa.Table:
    keys = [f"00000000-0000-4000-8000-{number:012d}" for number in range(N)]
    held = pa.array([["account"] if number % 2 else [] for number in range(N)], pa.list_(pa.string()))
    return pa.table({"person_key": keys, "held_product_ids": held, **columns})


def test_text_is_tidied_and_what_is_empty_or_long_is_no_category() -> None:
    assert read(feature(), " very \n often ", "", "  ", None, "x" * MAX_LENGTH, "x" * (MAX_LENGTH + 1)) == [
        "very often", None, None, None, "x" * MAX_LENGTH, None,
    ]  # fmt: skip


def test_flag_is_yes_or_no() -> None:
    assert read(feature(Kind.BOOLEAN), "true", "false", None, "maybe", "True") == ["yes", "no", None, None, "yes"]


def test_number_may_be_written_as_a_text_and_what_is_none_is_unknown() -> None:
    texts = ("12.50", "-3", "1e3", "0.0000001", "", "about 5", "NaN", "1e99", "9" * 30, '{"a": 1}', None)
    assert read(feature(Kind.MONEY), *texts) == [12.5, -3.0, 1000.0, 1e-7, *[None] * 7]


def test_day_counts_back_from_the_feature_date_and_was_not_known_before_it_came() -> None:
    texts = ("2026-01-31", "2026-01-01", "2026-01-01 23:59:00", "2026-02-01", "31.1.2026", "2026-13-01", None)
    assert read(feature(Kind.DATE), *texts) == [0, 30, 30, None, None, None, None]


def test_whole_number_between_close_limits_is_a_scale() -> None:
    scale = feature(Kind.INTEGER, minimum=0, maximum=10)
    assert read(scale, "10", "0", None) == ["10", "0", None]
    assert read(feature(Kind.INTEGER, minimum=0, maximum=11), "10") == [10.0]
    assert read(feature(Kind.INTEGER), "10") == [10.0]


HOSTILE = st.one_of(
    st.none(),
    st.text(max_size=300),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    ).map(json.dumps),
    st.floats().map(str),
    st.integers().map(str),
    st.dates().map(str),
)


@given(st.lists(HOSTILE, max_size=6), st.sampled_from([kind for kind in Kind if kind is not Kind.TEXT_LIST]))
def test_whatever_stands_in_raw_becomes_a_value_of_the_right_type_or_none(texts: list[str | None], kind: Kind) -> None:
    one = feature(kind)
    values = values_of(one, pa.array(texts, pa.string()), DAY)
    assert values.type == arrow_type(one.attribute.kind)
    assert len(values) == len(texts)
    known = values.drop_null().to_pylist()
    if values.type == pa.string():
        assert all(0 < len(value) <= MAX_LENGTH for value in known)
    else:
        assert np.isfinite(np.array(known, dtype=np.float64)).all()


@given(st.lists(HOSTILE, min_size=1, max_size=6), st.sampled_from([Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.BOOLEAN]))
def test_whatever_stands_in_raw_is_fitted_stored_and_encoded_alike(texts: list[str | None], kind: Kind) -> None:
    one = feature(kind)
    of_people = [texts[number % len(texts)] for number in range(N)]
    rows = people(**{one.name: values_of(one, pa.array(of_people, pa.string()), DAY)})
    encoder = fit_encoder(rows, ["account"], declared=[one])
    block = encoder.transform(rows)
    assert block.codes.max() < encoder.n_features
    assert np.isfinite(block.lean).all()
    stored = encoder_of(json.loads(json.dumps(encoder_to_json(encoder))))
    assert stored == encoder
    np.testing.assert_array_equal(stored.transform(rows).codes, block.codes)
    assert len(reasons_of(encoder, ("Account",), "EUR")) == encoder.n_features + 1


def test_rare_values_are_one_feature_together_and_so_is_one_that_comes_later() -> None:
    values = ["a"] * 40 + ["b"] * 30 + [f"rare {number}" for number in range(25)] + [None] * 5
    encoder = fit_encoder(people(**{"customers.habit": values}), ["account"], declared=[feature()])
    codes = encoder.transform(people(**{"customers.habit": [*values[:99], "never seen"]})).codes[:, 0]
    assert encoder.vocabularies[0].names() == ["a", "b", REST]
    assert codes[[0, 40, 70, 94, 95, 99]].tolist() == [0, 1, 2, 2, -1, 2]


def test_number_of_categories_is_bounded() -> None:
    n = 21 * 2 * MAX_LABELS
    values = [f"value {number % (2 * MAX_LABELS)}" for number in range(n)]
    keys = [f"00000000-0000-4000-8000-{number:012d}" for number in range(n)]
    held = pa.array([["account"]] * n, pa.list_(pa.string()))
    rows = pa.table({"person_key": keys, "held_product_ids": held, "customers.habit": values})
    encoder = fit_encoder(rows, ["account"], declared=[feature()])
    assert len(encoder.vocabularies[0]) == MAX_LABELS + 1


def test_column_that_a_later_feed_lacks_is_unknown() -> None:
    values = ["a", "b"] * 50
    encoder = fit_encoder(people(**{"customers.habit": values}), ["account"], declared=[feature()])
    assert set(encoder.transform(people()).codes[:, 0]) == {-1}
    assert set(encoder.transform(people(**{"customers.habit": values})).codes[:, 0]) == {0, 1}


def told_of(encoder: CustomerEncoder) -> list[str]:
    reasons = reasons_of(encoder, ("Account",), "EUR")[: encoder.n_features]
    return [sentence(reason, phrases_in("en")) for reason in reasons if is_told(reason)][:4]


def test_own_column_is_told_by_its_label_and_by_nothing_else() -> None:
    values = ["regular"] * 40 + ["never"] * 30 + [f"rare {number}" for number in range(30)]
    labelled, silent = feature(label="{odd} saving  habit"), feature()
    told, untold = (
        told_of(fit_encoder(people(**{one.name: values}), ["account"], declared=[one])) for one in (labelled, silent)
    )
    # Nothing is said of values that are told apart by being rare.
    assert told == ["Your {odd} saving habit is never", "Your {odd} saving habit is regular"]
    assert untold == []


def test_flag_is_told_where_it_is_set() -> None:
    one = feature(Kind.BOOLEAN, label="newsletter")
    encoder = fit_encoder(people(**{one.name: ["yes", "no"] * 50}), ["account"], declared=[one])
    assert told_of(encoder) == ["We have noted “newsletter” for you"]


def test_reasons_say_bands_of_numbers_and_days_in_words() -> None:
    amounts = feature(Kind.MONEY, label="spending on food")
    days = declared_feature("customers", column("last_visit", Kind.DATE, label="last visit"))
    rows = people(
        **{
            amounts.name: [float(100 * number) for number in range(N)],
            days.name: [float(number) for number in range(N)],
        }
    )
    encoder = fit_encoder(rows, ["account"], n_bands=2, declared=[amounts, days])
    assert told_of(encoder) == [
        # To spend little is not told.
        "Your spending on food is 5,000 EUR or more",
        "Your last visit was less than 50 days ago",
        "Your last visit was 50 days or more ago",
    ]


def test_importance_counts_the_banks_own_columns_as_one_source() -> None:
    rows = people(**{"customers.habit": ["a", "b"] * 50, "segment": ["mass"] * 50 + ["private"] * 50})
    encoder = fit_encoder(rows, ["account"], declared=[feature()])
    assert attribute_groups(encoder) == {"master data": (0,), "the bank's own columns": (1,)}


@pytest.mark.parametrize("purpose", [Purpose.AUDIT, Purpose.CONTACT, Purpose.RULE])
def test_column_of_another_purpose_is_refused(purpose: Purpose) -> None:
    with pytest.raises(PrivacyError, match=f"its purpose is {purpose}"):
        feature(purpose=purpose)


MANIFEST = b"""
[columns.customers]
habit = {type = "text", class = "keep", purpose = "feature"}
faith = {type = "text", class = "keep", purpose = "audit"}
hobby = {type = "text", class = "redact", purpose = "feature"}
card_id = {type = "text", class = "pseudonymise", purpose = "feature"}
secret = {type = "text", class = "drop", purpose = "feature"}
tags = {type = "text list", class = "keep", purpose = "feature"}
[columns.surveys]
mood = {type = "integer", class = "keep", purpose = "feature", minimum = 1, maximum = 5}
[columns.products]
brand = {type = "text", class = "keep", purpose = "feature"}
rate = {type = "number", class = "keep", purpose = "feature"}
[columns.transactions]
terminal = {type = "text", class = "keep", purpose = "feature"}
"""


def test_feed_says_which_of_its_columns_become_features_and_why_others_do_not() -> None:
    manifest = parse_manifest(MANIFEST)
    features = [one.name for one in declared_features(manifest)]
    assert features == ["customers.habit", "customers.hobby", "surveys.mood", "products.brand"]
    why = unread_columns(manifest)
    assert list(why) == [
        "customers.card_id", "customers.secret", "customers.tags", "products.rate", "transactions.terminal",
    ]  # fmt: skip
    assert why["customers.card_id"].startswith("of class pseudonymise")
    assert why["transactions.terminal"] == "no feature is made of own columns of transactions"
    assert (declared_features(Manifest()), unread_columns(Manifest())) == ((), {})


def test_own_column_of_products_is_a_label_where_products_share_a_value() -> None:
    extras = [
        {"products.brand": "Gold", "products.is_green": True},
        {"products.brand": " Gold "},
        {"products.brand": "alone", "products.is_green": True},
        {"products.brand": ["no", "text"], "products.is_green": None},
        None,
    ]
    assert product_labels(extras) == (
        ("products.is_green:yes", "products.brand:Gold"),
        ("products.brand:Gold",),
        ("products.is_green:yes",),
        (),
        (),
    )
