"""Who is tested in several folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.steps.training.folds import FoldData


def persons_tested(folds: Sequence[FoldData]) -> list[NDArray[np.int64]]:
    """Numbers of the tested persons of each fold (n_tested,): a person has one number in all of them."""
    if not folds:
        return []
    keys = [data.known.training.customers.person_keys[data.rows] for data in folds]
    numbers = np.unique(np.concatenate(keys), return_inverse=True)[1]
    return np.split(numbers.astype(np.int64), np.cumsum([len(of_fold) for of_fold in keys])[:-1])
