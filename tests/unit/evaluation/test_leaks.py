from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.leaks import Leak, Names, find_leaks

N = 1_000
NAMES = Names(
    ("income", "rate"),
    np.array([0, 2, 6]),
    ("income:low", "income:high", "rate:low", "rate:middle", "rate:high", "rate:none"),
    ("account", "mortgage", "card"),
)
EVERYBODY = np.ones(N, bool)


@pytest.fixture
def bank() -> dict[str, np.ndarray]:
    """Customers whose income makes a mortgage likelier, and nothing certain."""
    random = np.random.default_rng(5)
    is_rich = random.random(N) < 0.4
    codes = np.stack([is_rich.astype(np.int32), np.full(N, -1, np.int32)], axis=1)
    owned = random.random((N, 3)) < np.stack([np.full(N, 0.95), 0.1 + 0.4 * is_rich, np.full(N, 0.3)], axis=1)
    taken = ~owned & (random.random((N, 3)) < 0.05)
    return {"codes": codes, "owned": owned, "candidates": ~owned, "taken": taken}


def leaks(bank: dict[str, np.ndarray], **more: object) -> set[tuple[str, str, str]]:
    return {(leak.kind, leak.feature, leak.product_id) for leak in found_in(bank, **more)}


def found_in(bank: dict[str, np.ndarray], **more: object) -> list[Leak]:
    return find_leaks(**bank, names=NAMES, is_asked=EVERYBODY, **more)  # type: ignore[arg-type]


def rates(who: np.ndarray) -> np.ndarray:
    """A rate of those who are asked for, low, middle or high; nothing is known of the others."""
    return np.where(who, 2 + np.arange(N) % 3, -1).astype(np.int32)


def test_honest_feature_is_no_leak_however_well_it_tells(bank):
    assert leaks(bank) == set()


def test_feature_that_only_owners_have_implies_ownership(bank):
    bank["codes"][bank["owned"][:, 1], 1] = 2
    assert ("owned", "rate:low", "mortgage") in leaks(bank)


def test_number_of_products_implies_only_itself(bank):
    bank["codes"][bank["owned"][:, 1], 1] = 2
    assert leaks(bank, derived=[1]) == set()


def test_number_of_products_tells_what_comes_next_as_what_is_owned_does(bank):
    # Who owns one thing only, and not the account, of course takes the account next.
    bank["codes"][bank["taken"][:, 2], 1] = 2
    assert leaks(bank, derived=[1]) == set()


def test_feature_made_of_facts_after_the_feature_date_knows_what_comes_next(bank):
    bank["codes"][bank["taken"][:, 2], 1] = 2
    found = found_in(bank)
    assert [(leak.kind, leak.feature, leak.product_id) for leak in found] == [("next", "rate:low", "card")]
    assert found[0].precision == found[0].recall == 1
    assert "rate:low take next card" in found[0].sentence()


def test_few_customers_prove_nothing(bank):
    bank["codes"][np.flatnonzero(bank["taken"][:, 2])[:10], 1] = 2
    assert leaks(bank) == set()


def test_product_that_everybody_owns_is_implied_by_nothing(bank):
    bank["owned"][:, 0] = True
    assert leaks(bank) == set()
    # Of a few nothing is known, and they own nothing either.
    bank["codes"][:5, 0] = -1
    bank["owned"][:5] = bank["taken"][:5] = False
    assert leaks(bank) == set()


def test_number_that_only_owners_have_implies_ownership_though_each_band_tells_a_third_of_it(bank):
    owners = bank["owned"][:, 1]
    bank["codes"][:, 1] = rates(owners)
    bank["taken"][:, 1] = False
    (leak,) = found_in(bank)
    assert (leak.kind, leak.feature, leak.product_id) == ("owned", "rate:(several)", "mortgage")
    assert (leak.n_with, leak.precision, leak.recall) == (int(owners.sum()), 1, 1)


def test_number_that_is_zero_for_all_others_implies_ownership(bank):
    owners = bank["owned"][:, 1]
    bank["codes"][:, 1] = np.where(owners, rates(owners), 5)
    assert leaks(bank) == {("owned", "rate:(several)", "mortgage")}


def test_number_that_only_they_have_who_take_a_product_later_knows_what_comes_next(bank):
    bank["taken"] = ~bank["owned"] & (np.random.default_rng(6).random((N, 3)) < 0.15)
    bank["codes"][:, 1] = rates(bank["taken"][:, 2])
    assert leaks(bank) == {("next", "rate:(several)", "card")}


def test_bands_of_a_number_that_tell_a_part_of_the_owners_are_no_leak_together(bank):
    owners = np.flatnonzero(bank["owned"][:, 1])
    bank["codes"][:, 1] = 5
    bank["codes"][owners[::6], 1] = 2 + np.arange(len(owners[::6])) % 2
    assert leaks(bank) == set()


def test_value_that_tells_alone_is_not_said_twice(bank):
    owners = np.flatnonzero(bank["owned"][:, 1])
    bank["codes"][:, 1] = 5
    bank["codes"][owners, 1] = 2
    bank["codes"][owners[::5], 1] = 3
    assert leaks(bank) == {("owned", "rate:low", "mortgage")}
