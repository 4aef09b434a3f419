"""How many customers are scored at a time, so that memory does not grow with customers or products."""

from __future__ import annotations

# Cells of a block's score matrix: 50,000 customers of a bank with 24 products, 1,500 of one with 800.
_CELLS = 1_200_000


def customers_per_block(n_products: int) -> int:
    """Customers of one block, at least one."""
    return max(1, _CELLS // max(1, n_products))
