from __future__ import annotations

import numpy as np
import pytest

from recsys.errors import CheckError
from recsys.ranking import eliminations
from recsys.ranking.eligibility import UNSCORED_BIT, eliminate, refusers
from recsys.ranking.eliminations import EliminationSet, EliminationSets

from .bank import AS_OF, catalogue_of, facts_of, product

TWO = catalogue_of(product("a", min_age=18, countries=("AT",)), product("b"))


def test_equal_refusals_of_a_product_share_a_number_and_tell_what_was_unknown() -> None:
    customers = [{"birth_year": 2020}, {}, {"birth_year": None, "country": "CH"}, {"birth_year": 2021}]
    sets = EliminationSets(TWO)
    set_ids = sets.number(eliminate(facts_of(TWO, *customers), TWO, AS_OF))
    assert set_ids.tolist() == [[1, 0], [0, 0], [2, 0], [1, 0]]
    assert list(sets) == [
        EliminationSet("a", 1, ("age",), ()),
        EliminationSet("a", 2, ("age", "country"), ("age",)),
    ]


@pytest.mark.parametrize("n_products", [1, 8, 24, 200])
def test_every_cell_comes_back_from_its_number_and_blocks_change_no_number(n_products: int) -> None:
    catalogue = catalogue_of(*(product(f"p{column:03}") for column in range(n_products)))
    mask = np.random.default_rng(7).integers(0, 8, size=(50, n_products)).astype(np.uint64)
    together, apart = EliminationSets(catalogue), EliminationSets(catalogue)
    set_ids = together.number(np.asfortranarray(mask))
    np.testing.assert_array_equal(np.concatenate([apart.number(block) for block in np.array_split(mask, 7)]), set_ids)
    told = {(one.product_id, one.set_id): (one.rules, one.unknown) for one in together}
    for row, column in np.argwhere(mask):
        found = refusers(int(mask[row, column]))
        assert told[f"p{column:03}", set_ids[row, column]] == (found.rules, found.unknown)
    assert not set_ids[mask == 0].any()


def test_product_without_a_score_has_a_name_for_it() -> None:
    sets = EliminationSets(TWO)
    assert sets.number(np.array([[0, UNSCORED_BIT]], dtype=np.uint64)).tolist() == [[0, 1]]
    assert list(sets) == [EliminationSet("b", 1, ("not_in_model",), ())]


def test_more_sets_than_a_row_can_tell_apart_are_an_error_that_names_the_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eliminations, "_MOST_SETS", 2)
    sets = EliminationSets(TWO)
    sets.number(np.array([[0, 1], [0, 2]], dtype=np.uint64))
    with pytest.raises(CheckError, match="Product b is refused by more than 2 different sets"):
        sets.number(np.array([[1, 3]], dtype=np.uint64))
