"""A model that asks for what it may not see fails where features are chosen, whatever the data holds."""

from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.errors import PrivacyError
from recsys.features.attributes import ATTRIBUTES, Attribute, AttributeKind
from recsys.features.encoder import fit_encoder
from recsys.features.purposes import check_purposes, feed_columns
from recsys.features.storage import encoder_of, encoder_to_json
from recsys.feed.columns import Purpose
from recsys.feed.contract import TABLES

PEOPLE = pa.table(
    {
        "person_key": [f"00000000-0000-4000-8000-{number:012d}" for number in range(60)],
        "segment": ["mass", "private"] * 30,
        "gender": ["female", "male"] * 30,
        "held_product_ids": pa.array([["account"]] * 60, pa.list_(pa.string())),
    }
)
KEPT_FROM_MODELS = sorted(
    {
        (f"{table.name}.{column.name}", column.name, column.purpose)
        for table in TABLES
        for column in table.columns
        if table.name in ("customers", "surveys")
        if column.purpose is not Purpose.FEATURE
        if not feed_columns(column.name) or feed_columns(column.name)[0] == f"{table.name}.{column.name}"
    }
)


def attribute(name: str) -> Attribute:
    return Attribute(name, AttributeKind.LABEL)


@pytest.mark.parametrize(("where", "name", "purpose"), KEPT_FROM_MODELS)
def test_model_that_asks_for_a_column_of_another_purpose_is_refused(where: str, name: str, purpose: Purpose) -> None:
    with pytest.raises(PrivacyError) as refusal:
        fit_encoder(PEOPLE, ["account"], wanted=(*ATTRIBUTES, attribute(name)))
    assert f"the purpose of {where} is {purpose}" in refusal.value.message
    assert refusal.value.remedy


def test_columns_of_every_kept_purpose_are_among_those_tried() -> None:
    assert {purpose for _, _, purpose in KEPT_FROM_MODELS} == {Purpose.AUDIT, Purpose.CONTACT, Purpose.RULE}
    assert {"gender", "marital_status", "language", "status"} <= {name for _, name, _ in KEPT_FROM_MODELS}


def test_column_that_the_data_lacks_is_refused_all_the_same() -> None:
    with pytest.raises(PrivacyError, match=r"customers\.language is contact"):
        fit_encoder(PEOPLE, ["account"], wanted=[attribute("language")])


def test_column_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(PrivacyError, match="nothing says which columns of the feed"):
        fit_encoder(PEOPLE, ["account"], wanted=[attribute("shoe_size")])


def test_column_of_another_table_is_judged_by_its_own_purpose() -> None:
    with pytest.raises(PrivacyError, match=r"holdings\.balance is audit"):
        check_purposes(["balance"])


def test_stored_model_that_knows_a_forbidden_column_is_refused() -> None:
    stored = encoder_to_json(fit_encoder(PEOPLE, ["account"]))
    assert stored["vocabularies"][0]["attribute"]["name"] == "segment"
    stored["vocabularies"][0]["attribute"]["name"] = "gender"
    with pytest.raises(PrivacyError, match=r"customers\.gender is audit"):
        encoder_of(stored)


def test_columns_of_a_bank_are_seen_where_they_are_declared_as_features() -> None:
    check_purposes(["segment", "customers.loyalty_points"], ["customers.loyalty_points"])
    with pytest.raises(PrivacyError, match=r"customers\.religion, and no feed declares that as a feature"):
        check_purposes(["customers.religion"], ["customers.loyalty_points"])


def test_column_of_the_contract_is_not_let_in_by_declaring_it() -> None:
    with pytest.raises(PrivacyError, match=r"customers\.gender is audit"):
        check_purposes(["customers.gender"], ["customers.gender"])


def test_stored_model_that_knows_a_column_which_was_not_declared_is_refused() -> None:
    stored = encoder_to_json(fit_encoder(PEOPLE, ["account"]))
    stored["vocabularies"][0]["attribute"]["name"] = "customers.religion"
    with pytest.raises(PrivacyError, match="no feed declares"):
        encoder_of(stored)


def test_every_attribute_of_the_models_is_permitted() -> None:
    check_purposes(attribute.name for attribute in ATTRIBUTES)
