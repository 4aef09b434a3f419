"""Judging recipes on outer folds: reads one fold at a time, so memory does not grow with their number."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.evaluation.calibration import Calibration
from recsys.evaluation.leaks import Leak, Names, find_leaks
from recsys.evaluation.measuring import measure
from recsys.evaluation.outcome import LIST_LENGTH, FoldOutcome
from recsys.evaluation.parity import Parity, group_parity
from recsys.evaluation.ranks import mask_scores, top_mask
from recsys.evaluation.slices import Slicing
from recsys.models.base import Recommender
from recsys.models.recipe import Recipe
from recsys.steps.training.fitting import PROTOCOLS, Fitted, Protocol, fit_on_fold, score_blocks
from recsys.steps.training.folds import FoldData
from recsys.types import JSON, Progress

# Name of the contestant, the model, the fold, and whether that is the last one.
LookAtFit: TypeAlias = Callable[[str, Recommender, FoldData, bool], None]


@dataclass
class Contest:
    """Outcomes per protocol, contestant and fold.

    `unfitted` says why a contestant could not be fitted or scored: it has no outcomes. `customers` holds the keys of
    those tested, `slicings` their groups, `split` what each fold held. `leaks` are those of any fold; `parity` is that
    of the last fold in which anybody is tested, by contestant and attribute. `calibrations` are by contestant, as the
    inner folds chose them.
    """

    outcomes: dict[Protocol, dict[str, list[FoldOutcome]]]
    unfitted: dict[str, str] = field(default_factory=dict)
    product_names: tuple[str, ...] = ()
    customers: list[NDArray[np.bytes_]] = field(default_factory=list)
    slicings: list[tuple[Slicing, ...]] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    parity: dict[str, dict[str, Parity]] = field(default_factory=dict)
    split: list[JSON] = field(default_factory=list)
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)

    @property
    def warm(self) -> dict[str, list[FoldOutcome]]:
        """Outcomes of the protocol that candidates are chosen and promoted by."""
        return self.outcomes["warm"]

    def fold_dates(self) -> str:
        """The horizon of each fold, as `(origin, end]`."""
        return ", ".join(f"({one['origin']}, {one['end']}]" for one in self.split if isinstance(one, dict))

    def customer_numbers(self) -> NDArray[np.int32]:
        """The tested customers of all folds as numbers: one customer has one number, which tells nobody who it is."""
        keys = np.concatenate(self.customers) if self.customers else np.empty(0, "S36")
        return np.unique(keys, return_inverse=True)[1].astype(np.int32)


def hold_contest(
    folds: Iterable[FoldData],
    n_folds: int,
    recipes: Mapping[str, Recipe],
    calibrations: Mapping[str, Calibration],
    progress: Progress,
    look: LookAtFit,
) -> Contest:
    """Fit every recipe on every fold and measure it there under both protocols; `look` sees each fitted model.

    A fold in which nobody can be tested is left out. A recipe that cannot be fitted on one fold, or whose scores there
    are no finite numbers, is out of the contest: it would be compared on other customers than the rest.
    """
    contest = Contest({protocol: {name: [] for name in recipes} for protocol in PROTOCOLS}, calibrations=calibrations)
    for number, data in enumerate(folds):
        contest.product_names = data.known.training.product_names
        contest.split.append(data.described())
        if not len(data.rows):
            continue
        contest.customers.append(data.known.training.customers.person_keys[data.rows])
        contest.slicings.append(tuple(slicing.take(data.rows) for slicing in data.trial.slicings))
        contest.leaks += leaks_of(data)
        fitted: dict[Recipe, Fitted] = {}
        for place, (name, recipe) in enumerate(recipes.items()):
            progress(number * len(recipes) + place, n_folds * len(recipes), "fits on outer folds")
            if name not in contest.unfitted:
                _try(contest, name, recipe, calibrations.get(name), data, look, fitted, is_last=number == n_folds - 1)
    for name in contest.unfitted:
        for outcomes in contest.outcomes.values():
            outcomes[name] = []
    return contest


def _try(
    contest: Contest,
    name: str,
    recipe: Recipe,
    calibration: Calibration | None,
    data: FoldData,
    look: LookAtFit,
    earlier: dict[Recipe, Fitted],
    *,
    is_last: bool,
) -> None:
    try:
        fitted = fit_on_fold(recipe, data, has_curve=is_last, earlier=earlier)
        outcomes = {protocol: _outcome(fitted, data, calibration, protocol) for protocol in PROTOCOLS}
        parity = _parity(fitted, data)
    except ModelError as error:
        contest.unfitted[name] = error.message
        return
    earlier[recipe] = fitted
    for protocol, outcome in outcomes.items():
        contest.outcomes[protocol][name].append(outcome)
    contest.parity[name] = parity
    look(name, fitted.model, data, is_last)


def _outcome(fitted: Fitted, data: FoldData, calibration: Calibration | None, protocol: Protocol) -> FoldOutcome:
    seconds = 0.0

    def scored() -> Iterator[NDArray[np.float32]]:
        nonlocal seconds
        began = time.perf_counter()
        for block in score_blocks(fitted.model, data, protocol):
            seconds += time.perf_counter() - began
            yield block
            began = time.perf_counter()

    curve = fitted.curve if protocol == "warm" else None
    outcome = measure(scored(), data.trial, calibration, fit_seconds=fitted.fit_seconds, curve=curve)
    return replace(outcome, score_seconds=seconds)


def _parity(fitted: Fitted, data: FoldData) -> dict[str, Parity]:
    if not data.parity_groups:
        return {}
    is_top, start = np.empty_like(data.trial.candidates), 0
    for scores in score_blocks(fitted.model, data):
        rows = slice(start, start + len(scores))
        candidates = data.trial.candidates[rows]
        is_top[rows] = top_mask(mask_scores(scores, candidates), candidates, LIST_LENGTH)
        start = rows.stop
    return {groups.name: group_parity(is_top, data.trial.relevant, groups, data.rows) for groups in data.parity_groups}


def leaks_of(data: FoldData) -> list[Leak]:
    """Features that tell what a customer owns or takes next; the number of products is made of what is owned."""
    encoder, customers = data.known.encoder, data.known.training.customers
    attributes = [vocabulary.attribute.name for vocabulary in encoder.vocabularies]
    return find_leaks(
        customers.codes,
        customers.held,
        data.trial.candidates,
        data.trial.relevant,
        Names(attributes, encoder.offsets, encoder.feature_names, encoder.product_ids),
        data.trial.asked,
        derived=[customers.codes.shape[1] - 1],
    )
