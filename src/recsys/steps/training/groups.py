"""The groups of customers that a fold is looked at by, and those that a bank wants served alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.errors import SettingsError
from recsys.evaluation.slices import Slicing
from recsys.evaluation.slicings import slice_by_age, slice_by_history, slice_by_label, slice_by_tenure
from recsys.io.audit_attributes import LABELS, read_audit_attributes
from recsys.io.postgres import Connection
from recsys.models.examples import TrainingSet

AGE_BAND = "age_band"
_SETTING = "RECSYS_PARITY_ATTRIBUTES"


def parity_attributes(text: str) -> tuple[str, ...]:
    """The attributes in `text`, joined by commas. Raises `SettingsError` for one by which nobody can be told apart."""
    wanted = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = (*LABELS, AGE_BAND)
    if unknown := sorted(set(wanted) - set(known)):
        raise SettingsError(
            f"{_SETTING} names {', '.join(unknown)}, by which customers are not told apart.",
            remedy=f"It may name {', '.join(known)}.",
        )
    return wanted


def read_groups(
    connection: Connection, training: TrainingSet, day: date, parity_by: Sequence[str]
) -> tuple[tuple[Slicing, ...], tuple[Slicing, ...]]:
    """What every figure is looked at by, and the groups of `parity_by`; of the customers of `training` on `day`."""
    keys = training.customers.person_keys
    attributes = read_audit_attributes(connection, keys[-1].decode())
    places = np.searchsorted(np.asarray(pc.cast(attributes["person_key"], pa.binary()).to_numpy(), keys.dtype), keys)
    of_customers = attributes.take(pa.array(places))
    by_age = slice_by_age(of_customers["birth_year"].to_numpy(), day)
    by_label = [slice_by_label(name, of_customers[name]) for name in ("segment", "region")]
    by_tenure = slice_by_tenure(of_customers["registered_date"].to_numpy(), day)
    slicings = (*by_label, by_age, slice_by_history(training.customers.held), by_tenure)
    return slicings, tuple(
        by_age if name == AGE_BAND else slice_by_label(name, of_customers[name]) for name in parity_by
    )
