"""Which pictures go with one candidate, and which with a training as a whole; drawn one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from recsys.evaluation.candidate_table import HEADLINE_METRIC, CandidateRow
from recsys.evaluation.figures.calibration import calibration_figure
from recsys.evaluation.figures.candidates import candidates_figure
from recsys.evaluation.figures.coverage import coverage_figure, product_mix_figure
from recsys.evaluation.figures.gains import gains_figure
from recsys.evaluation.figures.learning_curve import learning_curve_figure
from recsys.evaluation.figures.metrics_by_k import MOST_LINES, metrics_by_k_figure
from recsys.evaluation.figures.products import products_figure
from recsys.evaluation.figures.segments import segments_figure
from recsys.evaluation.gate import FLOOR
from recsys.evaluation.outcome import FoldOutcome

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The name of a picture, and how it is drawn: a picture that is not drawn yet takes no memory.
Album: TypeAlias = "Iterator[tuple[str, Figure]]"


def candidate_album(
    name: str, folds: Sequence[FoldOutcome], floor: Sequence[FoldOutcome], product_names: Sequence[str]
) -> Album:
    """Pictures of one candidate: `folds` are its outcomes and `floor` those of popularity, fold by fold."""
    outcome, of_floor = sum(folds[1:], folds[0]), sum(floor[1:], floor[0]) if floor else None
    others = {FLOOR: of_floor.metrics} if of_floor is not None and name != FLOOR else {}
    yield "metrics_by_k", metrics_by_k_figure({name: outcome.metrics, **others}, outcome.n_tested)
    yield "products", products_figure(name, outcome.tally, product_names)
    yield "gains", gains_figure(name, outcome.gains, product_names)
    # Where nothing calibrated the candidate, its probabilities say nothing.
    if outcome.reliability.n.any():
        yield "calibration", calibration_figure(name, outcome.reliability, outcome.first_reliability)
    yield "product_mix", product_mix_figure(name, outcome.exposure, outcome.tally, product_names)
    if curve := folds[-1].curve:
        last = floor[-1].metrics[HEADLINE_METRIC] if floor else float("nan")
        yield "learning_curve", learning_curve_figure(name, curve, last)


def training_album(rows: Sequence[CandidateRow], warm: Mapping[str, FoldOutcome], first: str) -> Album:
    """Pictures that compare the candidates of a training.

    `rows` as `candidate_rows` gives them, `warm` the outcomes of all folds together; `first` is the candidate that
    pictures of a few begin with: the one that was chosen.
    """
    ranked = [row.name for row in rows if row.is_measured]
    if not ranked:
        return
    n_tested = warm[ranked[0]].n_tested
    names = [first, *(name for name in ranked if name != first)] if first in ranked else ranked
    followed = [*[name for name in names if name != FLOOR][: MOST_LINES - 1], FLOOR]
    yield "candidates", candidates_figure(rows, n_tested)
    yield (
        "metrics_by_k",
        metrics_by_k_figure({name: warm[name].metrics for name in followed if name in warm}, n_tested),
    )
    yield "coverage", coverage_figure({name: warm[name].metrics for name in names}, warm[names[0]].exposure.n_lists)
    yield "segments", segments_figure({name: warm[name].slices for name in names})
