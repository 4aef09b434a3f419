from __future__ import annotations

import numpy as np
import pytest

from recsys.evaluation.leaks import find_leaks

N, NAMES, PRODUCTS = 1_000, ("income:low", "income:high", "rate:known"), ("account", "mortgage", "card")
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
    found = find_leaks(**bank, feature_names=NAMES, product_ids=PRODUCTS, is_asked=EVERYBODY, **more)  # type: ignore[arg-type]
    return {(leak.kind, leak.feature, leak.product_id) for leak in found}


def test_honest_feature_is_no_leak_however_well_it_tells(bank):
    assert leaks(bank) == set()


def test_feature_that_only_owners_have_implies_ownership(bank):
    bank["codes"][bank["owned"][:, 1], 1] = 2
    assert ("owned", "rate:known", "mortgage") in leaks(bank)


def test_number_of_products_implies_only_itself(bank):
    bank["codes"][bank["owned"][:, 1], 1] = 2
    assert leaks(bank, derived=[1]) == set()


def test_number_of_products_tells_what_comes_next_as_what_is_owned_does(bank):
    # Who owns one thing only, and not the account, of course takes the account next.
    bank["codes"][bank["taken"][:, 2], 1] = 2
    assert leaks(bank, derived=[1]) == set()


def test_feature_made_of_facts_after_the_feature_date_knows_what_comes_next(bank):
    bank["codes"][bank["taken"][:, 2], 1] = 2
    found = find_leaks(**bank, feature_names=NAMES, product_ids=PRODUCTS, is_asked=EVERYBODY)
    assert [(leak.kind, leak.feature, leak.product_id) for leak in found] == [("next", "rate:known", "card")]
    assert found[0].precision == found[0].recall == 1
    assert "rate:known take next card" in found[0].sentence()


def test_few_customers_prove_nothing(bank):
    bank["codes"][np.flatnonzero(bank["taken"][:, 2])[:10], 1] = 2
    assert leaks(bank) == set()


def test_product_that_everybody_owns_is_implied_by_nothing(bank):
    bank["owned"][:, 0] = True
    assert leaks(bank) == set()
