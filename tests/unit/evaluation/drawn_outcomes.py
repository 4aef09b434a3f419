"""Outcomes of two candidates on a small bank, in which every figure is easily told apart from every other."""

from __future__ import annotations

import numpy as np

from recsys.evaluation.calibration import UNCALIBRATED
from recsys.evaluation.exposure import known_products
from recsys.evaluation.measuring import measure
from recsys.evaluation.outcome import FoldOutcome
from recsys.evaluation.slices import Slicing
from recsys.evaluation.trial import Trial

N_CUSTOMERS = 240
PRODUCT_NAMES = tuple(f"Product {letter}" for letter in "ABCDEFGH")


def trial(seed: int = 3) -> Trial:
    """Each segment takes a product of its own; a fifth takes nothing."""
    generator = np.random.default_rng(seed)
    segment = np.arange(N_CUSTOMERS) % 3
    relevant = np.zeros((N_CUSTOMERS, len(PRODUCT_NAMES)), dtype=np.bool_)
    relevant[np.arange(N_CUSTOMERS), segment * 2 + generator.integers(0, 2, N_CUSTOMERS)] = True
    relevant[::5] = False
    candidates = np.ones_like(relevant)
    candidates[:, -1] = False
    held = generator.random(relevant.shape) < 0.2
    slicings = (
        Slicing("segment", segment.astype(np.int32), ("mass", "affluent", "student")),
        # The second group is smaller than what may be shown.
        Slicing("age_band", (np.arange(N_CUSTOMERS) < 20).astype(np.int32), ("over 30", "under 30")),
    )
    labels = [[f"category:{place // 2}"] for place in range(len(PRODUCT_NAMES))]
    return Trial(candidates, relevant, slicings, known_products(held, labels))


def good(seed: int = 3) -> FoldOutcome:
    """A candidate that mostly knows."""
    of = trial(seed)
    noise = np.random.default_rng(seed + 1).normal(0, 1, of.relevant.shape)
    curve = {1: 0.5, 2: 0.7, 3: 0.6}
    return measure(of.relevant * 2 + noise, of, UNCALIBRATED, fit_seconds=2.0, score_seconds=0.5, curve=curve)


def popular(seed: int = 3) -> FoldOutcome:
    """The same list for everybody."""
    of = trial(seed)
    return measure(
        np.tile(of.relevant.sum(axis=0).astype(np.float64), (N_CUSTOMERS, 1)), of, UNCALIBRATED, fit_seconds=0.1
    )
