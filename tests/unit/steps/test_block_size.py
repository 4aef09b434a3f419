from __future__ import annotations

from recsys.steps.block_size import customers_per_block


def test_the_more_products_the_fewer_customers_and_never_none():
    assert [customers_per_block(n_products) for n_products in (24, 800, 5_000_000)] == [50_000, 1_500, 1]
    assert customers_per_block(0) > 0
