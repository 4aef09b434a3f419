"""Predicates against `rules_by_hand` on data that no bank should deliver: missing, contradictory, at the boundary."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.ranking.catalogue import Product
from recsys.ranking.eligibility import eliminate, refused_by, refusers
from recsys.ranking.rules.registry import RULES
from recsys.ranking.top_n import rank_top_n

from .bank import AS_OF, catalogue_of, facts_of
from .hostile_data import CUSTOMERS, PRODUCT_IDS, limits_of
from .rules_by_hand import REFUSED, UNKNOWN, verdicts

Catalogue = list[Product]
Customer = dict[str, Any]

catalogues = st.lists(st.sampled_from(PRODUCT_IDS), min_size=1, max_size=3, unique=True).flatmap(
    lambda ids: st.tuples(*[st.builds(Product, st.just(one), st.just(one), **limits_of(one)) for one in ids])
)
days = st.sampled_from([AS_OF, AS_OF, date(2026, 12, 31), date(2024, 2, 29), date(2026, 1, 1)])


@settings(max_examples=400)
@given(catalogues, st.lists(CUSTOMERS, min_size=1, max_size=6), days)
def test_predicates_refuse_what_plain_rules_refuse_and_say_unknown_where_they_do(
    products: tuple[Product, ...], customers: list[Customer], as_of: date
) -> None:
    catalogue = catalogue_of(*products)
    mask = eliminate(facts_of(catalogue, *customers), catalogue, as_of)
    for row, customer in enumerate(customers):
        for column, one in enumerate(products):
            told = refusers(int(mask[row, column]))
            expected = verdicts(one, customer, products, as_of)
            assert list(expected) == [rule.name for rule in RULES]
            assert told.rules == tuple(rule for rule, said in expected.items() if said in (REFUSED, UNKNOWN))
            assert told.unknown == tuple(rule for rule, said in expected.items() if said == UNKNOWN)


@settings(max_examples=100)
@given(catalogues, st.lists(CUSTOMERS, min_size=1, max_size=6), days, st.integers(0, 1000))
def test_nothing_that_is_refused_is_ranked_and_all_that_is_permitted_can_be(
    products: tuple[Product, ...], customers: list[Customer], as_of: date, seed: int
) -> None:
    catalogue = catalogue_of(*products)
    mask = eliminate(facts_of(catalogue, *customers), catalogue, as_of)
    assert all((pairs.is_refused | ~pairs.is_unknown).all() for pairs in refused_by(mask))
    scores = np.random.default_rng(seed).normal(size=mask.shape).astype(np.float32)
    ranking = rank_top_n(scores, mask == 0, len(products))
    for row, customer in enumerate(customers):
        ranked = {products[column].product_id for column in ranking.products[row] if column >= 0}
        permitted = {
            one.product_id
            for one in products
            if not {REFUSED, UNKNOWN} & set(verdicts(one, customer, products, as_of).values())
        }
        assert ranked == permitted
