"""Key features: what the challenger loses on outer folds without each feature, and fitted again without each source."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recsys.errors import ModelError
from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.figures.importance import importance_figure
from recsys.evaluation.importance import Importance, Losses, begin_losses, gains_of, importances, mean_gains
from recsys.features.block import CustomerBlock
from recsys.features.encoder import CustomerEncoder
from recsys.features.hiding import (
    PRODUCTS_OWNED,
    attribute_columns,
    attribute_groups,
    with_attributes_of,
    without_attributes,
)
from recsys.io.tracking import Tracking
from recsys.models.base import Recommender
from recsys.models.candidates import fit
from recsys.models.examples import TrainingSet, WithoutHoldings
from recsys.models.recipe import Recipe
from recsys.settings import Settings
from recsys.steps.training.folds import FoldData
from recsys.types import JSON

# Of products, those that were opened most: a picture of more is not read, and each costs intervals.
_MOST_PRODUCTS = 40


@dataclass
class ImportanceStudy:
    """Looks at one contestant, `name`, of a contest, and gathers what it loses.

    Features are permuted, and holdings hidden, on every outer fold. Fitting again without a source of features, which
    costs a fit for each, is for the last fold only. `unfitted` says what could not be fitted, and why.
    """

    name: str
    recipe: Recipe
    settings: Settings
    losses: Losses | None = None
    unfitted: dict[str, str] = field(default_factory=dict)
    product_ids: tuple[str, ...] = ()
    product_names: tuple[str, ...] = ()

    def look(self, name: str, model: Recommender, data: FoldData, is_last: bool) -> None:
        """See `LookAtFit`."""
        if name != self.name or not self.settings.importance_repeats:
            return
        self.product_ids, self.product_names = data.known.encoder.product_ids, data.known.training.product_names
        test = _Test.of(data, self.settings)
        losses = test.permuted(model)
        if is_last:
            for left_out, training, customers in _without(data, test.customers):
                try:
                    other = fit(self.recipe, data.known.encoder, training)
                except ModelError as error:
                    self.unfitted[left_out] = error.message
                    continue
                losses = losses.with_loss("left out", left_out, test.gains(other, customers))
        self.losses = losses if self.losses is None else self.losses + losses

    def found(self) -> list[Importance]:
        """What was found; empty where nothing was looked at."""
        if self.losses is None or not len(self.losses.product):
            return []
        return importances(self.losses, self.settings.seed, _MOST_PRODUCTS)


@dataclass(frozen=True)
class _Test:
    """Customers of a fold on whom importance is measured, with what they could open and what they did."""

    encoder: CustomerEncoder
    customers: CustomerBlock
    candidates: np.ndarray
    relevant: np.ndarray
    n_repeats: int
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, data: FoldData, settings: Settings) -> _Test:
        seeds = settings.seed, data.fold.origin.toordinal()
        rows = data.rows
        if len(rows) > settings.importance_customers:
            chance = np.random.default_rng(seeds)
            rows = np.sort(chance.choice(rows, settings.importance_customers, replace=False))
        return cls(
            data.known.encoder,
            data.known.training.customers.take(rows),
            data.trial.candidates[rows],
            data.trial.relevant[rows],
            settings.importance_repeats,
            seeds,
        )

    def gains(self, model: Recommender, customers: CustomerBlock) -> np.ndarray:
        return gains_of(model.score(customers), self.candidates, self.relevant)

    def permuted(self, model: Recommender) -> Losses:
        customers = self.customers
        losses = begin_losses(model.score(customers), self.candidates, self.relevant, customers.person_keys)
        for name, column in attribute_columns(self.encoder).items():

            def scored(repeat: int, column: int = column) -> np.ndarray:
                order = np.random.default_rng((*self.seeds, column, repeat)).permutation(len(customers))
                return model.score(with_attributes_of(customers, [column], order))

            gains = mean_gains(scored, self.n_repeats, self.candidates, self.relevant)
            losses = losses.with_loss("permuted", name, gains)
        return losses.with_loss("hidden", PRODUCTS_OWNED, self.gains(model, self.encoder.as_strangers(customers)))


def _without(data: FoldData, tested: CustomerBlock) -> Iterator[tuple[str, TrainingSet, CustomerBlock]]:
    """Name, training set and tested customers without each source of features, and without what is owned."""
    encoder, training = data.known.encoder, data.known.training
    for group, columns in attribute_groups(encoder).items():
        yield group, training.without_attributes(columns), without_attributes(tested, columns)
    strangers = encoder.with_held(training.customers, np.zeros_like(training.customers.held))
    fields = {name: getattr(training, name) for name in TrainingSet.__dataclass_fields__}
    yield PRODUCTS_OWNED, WithoutHoldings(**{**fields, "customers": strangers}), encoder.as_strangers(tested)


def log_importance(tracking: Tracking, run_id: str, study: ImportanceStudy) -> list[JSON]:
    """Write a picture and tables of what was found into the run; returns its figures over all products."""
    found = study.found()
    if not found or study.losses is None:
        return []
    rows = _rows(found, study.product_ids, np.bincount(study.losses.product).tolist())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "importance.json").write_text(json.dumps({"of": study.name, "rows": rows, "unfitted": study.unfitted}))
        with (path / "importance.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        importance_figure(study.name, found, study.product_names).savefig(path / "importance.png")
        tracking.log_files(run_id, path)
    return [row for row in rows if row["product_id"] is None]


def _rows(found: Sequence[Importance], product_ids: tuple[str, ...], counts: list[int]) -> list[dict[str, JSON]]:
    rows = []
    for one in found:
        rows.append({**_row(one, one.overall), "product_id": None, "n_openings": sum(counts)})
        for product, interval in one.of_product.items():
            rows.append({**_row(one, interval), "product_id": product_ids[product], "n_openings": counts[product]})
    return rows


def _row(one: Importance, interval: Interval) -> dict[str, JSON]:
    figures = {"mean": interval.mean, "lower": interval.lower, "upper": interval.upper}
    return {"way": one.way, "taken": one.taken, **{name: round(value, 5) for name, value in figures.items()}}
