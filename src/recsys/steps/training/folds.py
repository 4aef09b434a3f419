"""What a fold needs of the marts: a training set as known at a date, and the openings after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.evaluation.exposure import known_products
from recsys.evaluation.slices import Slicing
from recsys.evaluation.splits import Fold, is_in_test, is_on_sale
from recsys.evaluation.trial import Trial, with_test
from recsys.features.declared import of_customers
from recsys.features.encoder import MAX_SPENDING_CATEGORIES, CustomerEncoder, fit_encoder
from recsys.io.declared_features import read_declared_features
from recsys.io.feature_dates import has_spending_at
from recsys.io.marts import (
    Products,
    count_persons,
    read_openings,
    read_products,
    read_refusing,
    read_spending_categories,
    read_training_customers,
)
from recsys.io.postgres import Connection
from recsys.models.examples import Openings, TrainingSet
from recsys.steps.training.groups import read_groups
from recsys.steps.training.moments import read_moments
from recsys.types import JSON

# Of a larger bank a random sample chooses and judges: more would make a search slower and hardly another, and the
# intervals hardly narrower. The winner is fitted on `Settings.max_refit_persons`.
MAX_INNER_PERSONS, MAX_OUTER_PERSONS = 100_000, 200_000


@dataclass(frozen=True)
class Known:
    """A training set as known at a date, its encoder, and the openings (of the same persons) after that date.

    `undated` are holdings of which nobody can say whether they were opened before or after it (see `read_openings`).
    The marts had `n_persons` at that date, of whom `n_not_profiled` may not be profiled: consent is missing where it is
    needed, or they refused. `n_refusing_trained_on` is how many who refused are in it all the same: none, and it is
    counted.
    """

    encoder: CustomerEncoder
    training: TrainingSet
    later: Openings
    undated: Openings
    n_persons: int
    n_not_profiled: int
    n_refusing_trained_on: int


@dataclass(frozen=True)
class FoldData:
    """A fold to compare on. `trial` holds all its customers; `rows` are those with a test.

    `parity_groups` part the customers by the attributes between whose groups parity is measured.
    """

    fold: Fold
    known: Known
    trial: Trial
    rows: NDArray[np.int64]
    parity_groups: tuple[Slicing, ...]
    has_spending: bool

    def described(self) -> JSON:
        """What the fold was for, and what it held, in counts."""
        return {
            "role": "chooses" if self.fold.is_inner else "judges",
            "origin": self.fold.origin.isoformat(),
            "end": self.fold.end.isoformat(),
            "n_customers": len(self.known.training.customers),
            "n_persons": self.known.n_persons,
            "n_not_profiled": self.known.n_not_profiled,
            "n_refusing_trained_on": self.known.n_refusing_trained_on,
            "n_training_openings": len(self.known.training.openings),
            "n_tested_customers": len(self.rows),
            "n_test_openings": int(self.trial.relevant.sum()),
            "has_spending": self.has_spending,
        }


def read_known(connection: Connection, day: date, until: date, most: int) -> Known:
    """What was known at the end of `day` of at most `most` persons, and their openings from then on up to `until`.

    Raises `ModelError` where nobody may be profiled at that date.
    """
    refusing = read_refusing(connection)
    products = read_products(connection)
    categories = read_spending_categories(connection, day, MAX_SPENDING_CATEGORIES)
    declared = of_customers(read_declared_features(connection))
    customers = read_training_customers(connection, day, categories, most, declared)
    if not customers.num_rows:
        raise ModelError(
            f"marts.feat_customers has nobody who may be profiled at {day}.",
            remedy="Check consents and the feed's legal basis, and that build_marts ran for this date.",
        )
    encoder = fit_encoder(customers, products.ids, declared=declared)
    block = encoder.transform(customers)
    last_key = str(customers["person_key"][-1].as_py())
    openings, is_undated = _openings(read_openings(connection, until, last_key), block.person_keys, products)
    is_past = openings.opened <= np.datetime64(day, "D")
    past = _aged(openings, is_undated).take(is_past)
    training = TrainingSet(
        block,
        past,
        day,
        products.launched,
        products.withdrawn,
        products.labels,
        products.names,
        read_moments(connection, encoder, block, past, day),
    )
    trained_on = np.isin(block.person_keys, np.array(refusing, dtype=block.person_keys.dtype))
    later, undated = openings.take(~is_past & ~is_undated), openings.take(~is_past & is_undated)
    n_persons, n_permitted = count_persons(connection, day)
    return Known(encoder, training, later, undated, n_persons, n_persons - n_permitted, int(trained_on.sum()))


def read_fold(connection: Connection, fold: Fold, parity_by: Sequence[str] = ()) -> FoldData:
    """A fold's training set and test: products opened in (origin, end] that were not held, and on sale, at origin.

    What may have been held then, for want of a date, is neither a test nor a candidate.
    `parity_by` are the attributes between whose groups parity is measured.
    """
    most = MAX_INNER_PERSONS if fold.is_inner else MAX_OUTER_PERSONS
    known = read_known(connection, fold.origin, fold.end, most)
    training = known.training
    opened = np.zeros((len(training.customers), training.n_products), dtype=np.bool_)
    tested = known.later.take(is_in_test(known.later.opened, fold))
    opened[tested.customer, tested.product] = True
    candidates = ~training.customers.held & is_on_sale(training.launched, training.withdrawn, fold.origin)
    candidates[known.undated.customer, known.undated.product] = False
    slicings, parity_groups = read_groups(connection, training, fold.origin, parity_by)
    trial = Trial(
        candidates,
        opened & candidates,
        slicings,
        known_products(training.customers.held, training.product_labels),
        with_test(candidates, opened) if fold.is_snapshot else None,
    )
    return FoldData(fold, known, trial, trial.tested, parity_groups, has_spending_at(connection, fold.origin))


def _aged(openings: Openings, is_undated: NDArray[np.bool_]) -> Openings:
    """Openings without a date as old as the oldest with one: the marts date them when they were last held.

    They stay something that is owned, and an opening to learn from, with the least weight by recency.
    """
    if not is_undated.any():
        return openings
    oldest = openings.opened[~is_undated].min(initial=openings.opened.max())
    return replace(openings, opened=np.where(is_undated, np.minimum(openings.opened, oldest), openings.opened))


def _openings(
    rows: pa.Table, person_keys: NDArray[np.bytes_], products: Products
) -> tuple[Openings, NDArray[np.bool_]]:
    """Rows of `marts.fct_holdings` as numbers, and which have no date; others than the persons are left out."""
    keys = np.asarray(pc.cast(rows["person_key"], pa.binary()).to_numpy(), dtype=person_keys.dtype)
    places = np.minimum(np.searchsorted(person_keys, keys), len(person_keys) - 1)
    found = pc.index_in(rows["product_id"], pa.array(products.ids, pa.string()))
    product = np.asarray(pc.fill_null(found, -1), dtype=np.int64)
    openings = Openings(places.astype(np.int64), product, _days(rows["opened_date"]), _days(rows["closed_date"]))
    is_found = (person_keys[places] == keys) & (product >= 0)
    return openings.take(is_found), rows["is_undated"].to_numpy()[is_found]


def _days(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    days: NDArray[np.datetime64] = column.to_numpy().astype("datetime64[D]")
    return days
