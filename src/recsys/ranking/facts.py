"""From rows of the marts to what the rules look at."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.features.encoder import held_products
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.customers import Coded, CodedSets, FloatArray, Refusals, RuleFacts

_BETWEEN = "\x1f"


def build_rule_facts(rows: pa.Table, catalogue: Catalogue) -> RuleFacts:
    """Facts of n persons from `rows`, one per person.

    Expects the columns status, country, segment (string), birth_year, birth_year_to, annual_income, risk_tolerance,
    knowledge_level, loss_capacity, horizon_years (numbers), is_in_arrears, is_arrears_unknown, is_objecting (bool),
    answered_date (date32), granted_purposes, decided_purposes, held_product_ids, refused_product_ids (lists of string)
    and refused_dates (list of date32, one for each of the latter).
    """
    return RuleFacts(
        status=_coded(rows["status"]),
        country=_coded(rows["country"]),
        segment=_coded(rows["segment"]),
        birth_year=_numbers(rows["birth_year"]),
        birth_year_to=_numbers(pc.coalesce(rows["birth_year_to"], rows["birth_year"])),
        annual_income=_numbers(rows["annual_income"]),
        risk_tolerance=_numbers(rows["risk_tolerance"]),
        knowledge_level=_numbers(rows["knowledge_level"]),
        loss_capacity=_numbers(rows["loss_capacity"]),
        horizon_years=_numbers(rows["horizon_years"]),
        answered=rows["answered_date"].to_numpy().astype("datetime64[D]"),
        is_in_arrears=np.asarray(pc.fill_null(rows["is_in_arrears"], False).to_numpy(), dtype=np.bool_),
        is_arrears_unknown=np.asarray(rows["is_arrears_unknown"], dtype=np.bool_),
        is_objecting=np.asarray(rows["is_objecting"].to_numpy(), dtype=np.bool_),
        granted_purposes=_coded_sets(rows["granted_purposes"]),
        decided_purposes=_coded_sets(rows["decided_purposes"]),
        # Rules read it by column.
        held=np.asfortranarray(held_products(rows, (*catalogue.product_ids, *catalogue.unlisted))),
        refusals=_refusals(rows, catalogue),
        catalogue=catalogue,
    )


def _refusals(rows: pa.Table, catalogue: Catalogue) -> Refusals:
    lists = rows["refused_product_ids"].combine_chunks()
    columns = pc.index_in(pc.list_flatten(lists), pa.array(catalogue.product_ids, pa.string()))
    dates = pc.list_flatten(rows["refused_dates"].combine_chunks()).to_numpy(zero_copy_only=False)
    is_listed = columns.is_valid().to_numpy(zero_copy_only=False)
    order = np.argsort(dates[is_listed].astype("datetime64[D]"), kind="stable")
    return Refusals(
        pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)[is_listed][order].astype(np.int64),
        pc.fill_null(columns, -1).to_numpy(zero_copy_only=False)[is_listed][order].astype(np.int64),
        dates[is_listed][order].astype("datetime64[D]"),
    )


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    values = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return np.asarray(values, dtype=np.float64)


def _coded_sets(column: pa.ChunkedArray) -> CodedSets:
    # Few sets are there, so they are told apart as texts: no purpose holds the character.
    joined = _coded(pc.binary_join(column, _BETWEEN))
    return CodedSets(joined.codes, tuple(frozenset(value.split(_BETWEEN)) for value in joined.values))


def _coded(column: pa.ChunkedArray) -> Coded:
    encoded = column.combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return Coded(codes.astype(np.int32), tuple(encoded.dictionary.to_pylist()))
