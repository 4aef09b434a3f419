from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.explanation.reason import Reason
from recsys.explanation.telling import Telling
from recsys.features.block import CustomerBlock
from recsys.models.parts import Parts, base_alone
from recsys.ranking.eligibility import refused_by
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.scoring import Adviser, Recommended
from recsys.ranking.tally import Tally

from .bank import AS_OF, catalogue_of, facts_of, product

CATALOGUE = catalogue_of(product("a"), product("b"), product("c"))


@dataclass(frozen=True)
class FixedScorer:
    """Gives everybody the same scores, to which the one attribute adds half."""

    product_ids: tuple[str, ...]
    scores: tuple[float, ...]
    noise: float = 0.02

    def score(self, customers: CustomerBlock) -> npt.NDArray[np.float32]:
        return np.tile(np.array(self.scores, dtype=np.float32), (len(customers), 1))

    def parts(self, customers: CustomerBlock, products: npt.NDArray[np.integer]) -> Parts:
        parts = base_alone(customers, products, np.array(self.scores, np.float32)[products] / 2)
        parts.contributions[..., 0] = parts.base
        return parts


PROFILE = FixedScorer(("a", "b", "c"), (1.0, 2.0, 3.0))
POPULAR = FixedScorer(("a", "b", "c"), (3.0, 2.0, 1.0))
TELLING = Telling(
    tuple(Reason(code, code) for code in ("profile", "otherwise", "unprofiled:a", "unprofiled:b", "unprofiled:c")),
    np.ones((3, 4), np.bool_),
    np.full(3, 1, np.int32),
    np.array([2, 3, 4], np.int32),
)


def recommend(adviser: Adviser, *customers: dict[str, object], may_profile: list[bool]) -> Recommended:
    n = len(customers)
    block = CustomerBlock(
        np.zeros(n, "S36"), np.zeros((n, 1), np.int32), np.zeros((n, 1), np.float32), np.zeros((n, 3), np.bool_)
    )
    return adviser.recommend(block, facts_of(adviser.catalogue, *customers), np.array(may_profile))


def test_who_did_not_allow_profiling_gets_popular_products_and_no_reason_from_a_profile() -> None:
    adviser = Adviser(PROFILE, POPULAR, TELLING, CATALOGUE, AS_OF, top_n=3)
    found = recommend(adviser, {}, {}, may_profile=[True, False])
    assert found.ranking.products.tolist() == [[2, 1, 0], [0, 1, 2]]
    codes = [[adviser.reasons[reason].code for reason in row] for row in found.reasons[..., 0]]
    assert codes == [["profile"] * 3, ["unprofiled:a", "unprofiled:b", "unprofiled:c"]]


def test_refused_products_are_never_ranked_and_leave_places_empty() -> None:
    adviser = Adviser(PROFILE, POPULAR, TELLING, CATALOGUE, AS_OF, top_n=3)
    found = recommend(adviser, {"held_product_ids": ["c", "a"]}, {"status": "closed"}, may_profile=[True, True])
    assert found.ranking.products.tolist() == [[1, -1, -1], [-1, -1, -1]]
    assert found.reasons[..., 0].tolist() == [[0, -1, -1], [-1, -1, -1]]


def test_product_that_the_model_never_saw_is_not_offered_and_the_mask_says_so() -> None:
    champion = FixedScorer(("c", "a", "gone"), (3.0, 1.0, 9.0))
    adviser = Adviser(champion, POPULAR, TELLING, CATALOGUE, AS_OF, top_n=3)
    found = recommend(adviser, {}, {}, may_profile=[True, False])
    assert found.ranking.products.tolist() == [[2, 0, -1], [0, 1, 2]]
    assert {pairs.rule: pairs.is_refused.tolist() for pairs in refused_by(found.mask)} == {
        "not_in_model": [[False, True, False], [False, False, False]]
    }


def test_block_of_customers_gets_what_each_would_get_alone() -> None:
    adviser = Adviser(PROFILE, POPULAR, TELLING, CATALOGUE, AS_OF, top_n=2)
    customers = [{}, {"held_product_ids": ["c"]}, {"status": "closed"}]
    may = [True, True, False]
    together = recommend(adviser, *customers, may_profile=may)
    alone = [recommend(adviser, customer, may_profile=[one]) for customer, one in zip(customers, may, strict=True)]
    for row, single in enumerate(alone):
        np.testing.assert_array_equal(together.ranking.products[row], single.ranking.products[0])
        np.testing.assert_array_equal(together.reasons[row], single.reasons[0])


def test_tally_counts_rows_first_places_and_refusals_over_blocks() -> None:
    adviser = Adviser(PROFILE, POPULAR, TELLING, CATALOGUE, AS_OF, top_n=2)
    sets = EliminationSets(CATALOGUE)
    tally = Tally(CATALOGUE, top_n=2, sets=sets)
    for block in ([{}, {"held_product_ids": ["a", "c"]}], [{"status": "closed"}]):
        recommended = recommend(adviser, *block, may_profile=[True] * len(block))
        tally.add(recommended, sets.number(recommended.mask), facts_of(CATALOGUE, *block).segment)
    assert (tally.n_persons, tally.n_rows, tally.n_eliminations) == (3, 3, 2)
    assert tally.counts() == {
        "rows_by_product": {"a": 0, "b": 2, "c": 1},
        "first_by_product": {"a": 0, "b": 1, "c": 1},
        "refused_pairs_by_rule": {"already_held": 2, "status": 3},
        "refused_persons_by_rule": {"already_held": 1, "status": 1},
        "unknown_pairs_by_rule": {},
        "unknown_persons_by_rule": {},
        "persons_by_length": {"0": 1, "1": 1, "2": 1},
        "persons_without": 1,
        "persons_short": 2,
    }
