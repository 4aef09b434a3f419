"""From rows of the marts to what the rules look at."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.features.encoder import held_products
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import BoolArray, Coded, FloatArray, RuleFacts

# An answer about risk and knowledge counts for two years; then the customer has to be asked again.
QUESTIONNAIRE_VALID_DAYS = 730


def build_rule_facts(rows: pa.Table, catalogue: Catalogue, as_of: date, *, delivers_arrears: bool) -> RuleFacts:
    """Facts of n persons from `rows`, one per person. `delivers_arrears`: the bank tells it of at least one customer,
    so that a missing `is_in_arrears` is an unknown and not a column that the bank lacks.

    Expects the columns status, country, segment (string), birth_year, birth_year_to, annual_income, risk_tolerance,
    knowledge_level, loss_capacity, horizon_years (numbers), is_in_arrears (bool), answered_date (date32) and
    held_product_ids (list of string).
    """
    is_valid = _questionnaire_is_valid(rows["answered_date"], as_of)
    answers = {
        name: np.where(is_valid, _numbers(rows[name]), np.nan)
        for name in ("risk_tolerance", "knowledge_level", "loss_capacity", "horizon_years")
    }
    return RuleFacts(
        status=_coded(rows["status"]),
        country=_coded(rows["country"]),
        segment=_coded(rows["segment"]),
        birth_year=_numbers(rows["birth_year"]),
        birth_year_to=_numbers(pc.coalesce(rows["birth_year_to"], rows["birth_year"])),
        annual_income=_numbers(rows["annual_income"]),
        may_be_in_arrears=_flags(rows["is_in_arrears"], unknown=delivers_arrears),
        # Rules read it by column.
        held=np.asfortranarray(held_products(rows, catalogue.product_ids)),
        column_of=catalogue.index,
        **answers,
    )


def _questionnaire_is_valid(answered: pa.ChunkedArray, as_of: date) -> BoolArray:
    days = np.datetime64(as_of, "D") - answered.to_numpy().astype("datetime64[D]")
    # A missing date is NaT, which no comparison accepts.
    return np.asarray(days <= np.timedelta64(QUESTIONNAIRE_VALID_DAYS, "D"), dtype=np.bool_)


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    values = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return np.asarray(values, dtype=np.float64)


def _flags(column: pa.ChunkedArray, *, unknown: bool) -> BoolArray:
    return np.asarray(pc.fill_null(column, unknown).to_numpy(), dtype=np.bool_)


def _coded(column: pa.ChunkedArray) -> Coded:
    encoded = column.combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return Coded(codes.astype(np.int32), tuple(encoded.dictionary.to_pylist()))
