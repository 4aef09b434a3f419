"""A fold to compare on, in memory."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from tests.unit.models.checkerboard import KNOWN_AT, N_CUSTOMERS, board, missing_product

from recsys.evaluation.splits import Fold
from recsys.evaluation.trial import Trial
from recsys.steps.training.folds import FoldData, Known


def fold() -> FoldData:
    """The bank of the checkerboard, in which everybody opens the square that he lacks."""
    encoder, training = board()
    candidates = ~training.customers.held
    relevant = np.zeros_like(candidates)
    relevant[np.arange(N_CUSTOMERS), [missing_product(number) for number in range(N_CUSTOMERS)]] = True
    none = training.openings.take(slice(0, 0))
    known = Known(encoder, training, none, none, len(training.customers), 0, 0)
    origin = Fold(KNOWN_AT, KNOWN_AT + timedelta(days=60), is_inner=True)
    return FoldData(origin, known, Trial(candidates, relevant), np.arange(N_CUSTOMERS), (), has_spending=False)
