from __future__ import annotations

import pytest
from tests.api.served_bank import ServedBank
from tests.integration.marts_of_a_small_bank import customer_id, held_by

from recsys.io.profiles import Profile, read_profile
from recsys.settings import Settings

# Born in 1974 and of an income of 35,500; 18 answered no survey, 14 allowed no profile.
SOMEBODY, UNASKED, UNPROFILED = 17, 18, 14


@pytest.fixture
def bank(home: Settings) -> ServedBank:
    return ServedBank(home.model_copy(update={"k_anonymity": 0}))


def read(bank: ServedBank, number: int) -> Profile | None:
    with bank.database.connect("api") as connection:
        return read_profile(connection, customer_id(number))


def test_profile_has_bands_and_no_exact_value(bank: ServedBank) -> None:
    profile = read(bank, SOMEBODY)
    assert profile is not None
    assert (profile.age_from, profile.age_below) == (50, 60)
    assert (profile.annual_income_from, profile.annual_income_below) == (20_000, 40_000)
    assert (profile.horizon_years_from, profile.horizon_years_below) == (5, 10)
    assert (profile.tenure_years_from, profile.tenure_years_below) == (None, None)
    assert profile.risk_tolerance == SOMEBODY % 7 + 1
    assert profile.held_product_ids == held_by(SOMEBODY)
    unasked = read(bank, UNASKED)
    assert unasked is not None
    assert (unasked.horizon_years_from, unasked.risk_tolerance) == (None, None)


def test_highest_band_has_no_upper_end(bank: ServedBank) -> None:
    bank.change("update marts.feat_customers set annual_income = 2000000")
    bank.publish()
    profile = read(bank, SOMEBODY)
    assert profile is not None
    assert (profile.annual_income_from, profile.annual_income_below) == (150_000, None)


def test_who_is_not_to_be_profiled_has_no_profile_from_the_moment_on(bank: ServedBank) -> None:
    assert read(bank, UNPROFILED) is None
    bank.suppress(SOMEBODY, "objected", "popular")
    assert read(bank, SOMEBODY) is None
    bank.publish()
    assert bank.served(SOMEBODY)
    assert read(bank, SOMEBODY) is None
    assert read(bank, 10_000) is None
