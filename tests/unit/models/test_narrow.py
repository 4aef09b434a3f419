from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from recsys.models.narrow import times


class Watched(np.ndarray):
    """Rows that note how many threads multiply them."""

    def __matmul__(self, table: np.ndarray) -> np.ndarray:
        self.n_threads = _blas_threads()
        return np.asarray(self) @ table


def _blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_multiplies_and_the_others_are_there_afterwards() -> None:
    rows, table = np.arange(12, dtype=np.float32).reshape(4, 3), np.eye(3, dtype=np.float32)
    watched = rows.view(Watched)
    with threadpool_limits(limits=2, user_api="blas"):
        np.testing.assert_array_equal(times(watched, 2 * table), 2 * rows)
        assert watched.n_threads == {1}
        assert _blas_threads() == {2}
