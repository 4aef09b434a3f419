from __future__ import annotations

import pytest

from recsys.errors import SettingsError
from recsys.settings import Settings
from recsys.steps.training.groups import parity_attributes


def test_attributes_are_named_once_each_in_the_order_of_the_setting():
    assert parity_attributes("gender, age_band,gender") == ("gender", "age_band")
    assert parity_attributes("") == ()


def test_default_is_known():
    assert parity_attributes(Settings().parity_attributes) == ("gender", "age_band")


def test_unknown_attribute_is_refused_with_those_that_are_known():
    with pytest.raises(SettingsError, match="RECSYS_PARITY_ATTRIBUTES names shoe_size") as refused:
        parity_attributes("gender,shoe_size")
    assert "marital_status" in refused.value.remedy
