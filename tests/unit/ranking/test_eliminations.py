from __future__ import annotations

import numpy as np
import pytest

from recsys.ranking.eligibility import UNSCORED, UNSCORED_BIT, eliminate
from recsys.ranking.eliminations import eliminations_by_rule

from .bank import AS_OF, catalogue_of, facts_of, product


def test_each_rule_tells_whom_it_refused_which_products() -> None:
    catalogue = catalogue_of(product("a", min_age=18), product("b", min_age=30), product("c"))
    customers = [{"birth_year": 2020}, {"birth_year": 1950}, {"birth_year": 2000}, {"birth_year": 2021}]
    (age,) = eliminations_by_rule(eliminate(facts_of(catalogue, *customers), catalogue, AS_OF))
    assert age.rule == "age"
    assert age.customers.tolist() == [0, 2, 3]
    assert age.patterns[age.pattern_of].tolist() == [[True, True, False], [False, True, False], [True, True, False]]
    assert len(age.patterns) == 2


@pytest.mark.parametrize("n_products", [1, 8, 63, 64, 65, 200])
def test_patterns_are_exact_for_any_number_of_products(n_products: int) -> None:
    mask = np.random.default_rng(7).integers(0, 2, size=(50, n_products)).astype(np.uint64)
    for found in eliminations_by_rule(mask):
        np.testing.assert_array_equal(found.patterns[found.pattern_of], mask[found.customers] != 0)


def test_product_without_a_score_has_a_name_for_it() -> None:
    mask = np.array([[0, UNSCORED_BIT]], dtype=np.uint64)
    assert [found.rule for found in eliminations_by_rule(mask)] == [UNSCORED]
