"""Which customers of a bank are one person: the exact part of record linkage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.hashing import Hashes, hash_rows
from recsys.cleaning.normalising import normalised_emails, normalised_national_ids
from recsys.cleaning.rows import Mask

Indices: TypeAlias = npt.NDArray[np.int64]

# A value that more customers share belongs to a household, a shop or a data-entry habit, not to one person.
MAX_SHARING = 20
_NO_DATE = np.iinfo(np.int64).max


class MatchRule(StrEnum):
    """Why a customer has the person key that it has."""

    SELF = "self"
    NATIONAL_ID = "national_id"
    EMAIL_AND_BIRTH_DATE = "email_and_birth_date"
    PROBABLE = "probable"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What rows of customers share under one rule: `hashes` (n, 2) of the normalised value, `has_value` (n,)."""

    rule: MatchRule
    hashes: Hashes
    has_value: Mask


@dataclass(frozen=True, slots=True)
class Persons:
    """For each customer (m,) the place of the customer that stands for the person, and the `MatchRule` as text.

    `n_ignored` counts values that too many customers share.
    """

    representative: Indices
    rules: pa.Array
    n_ignored: int

    @property
    def n_persons(self) -> int:
        """Distinct persons."""
        return len(np.unique(self.representative))


def evidence_of(national_ids: pa.Array, emails: pa.Array, birth_dates: pa.Array) -> tuple[Evidence, Evidence]:
    """The evidence in rows of customers, each array (n,)."""
    ids, addresses = normalised_national_ids(national_ids), normalised_emails(emails)
    has_both = pc.and_(addresses.is_valid(), birth_dates.is_valid())
    return (
        Evidence(MatchRule.NATIONAL_ID, hash_rows([ids]), _mask(ids.is_valid())),
        Evidence(MatchRule.EMAIL_AND_BIRTH_DATE, hash_rows([addresses, birth_dates]), _mask(has_both)),
    )


def exact_pairs(customer: Indices, evidence: Sequence[Evidence]) -> tuple[pa.Table, int]:
    """Pairs of customers next to each other among those that share a value: `left` < `right` and the strongest `rule`.

    `customer` (n,) is whose each row of the evidence is. Also how many values are ignored because a crowd shares them.
    """
    found, n_ignored = [], 0
    for one in evidence:
        pairs, ignored = _links(customer[one.has_value], one.hashes[one.has_value])
        ends = np.sort(pairs, axis=1)
        rule = pa.array([one.rule.value] * len(pairs), pa.string())
        found.append(pa.table({"left": ends[:, 0], "right": ends[:, 1], "rule": rule}))
        n_ignored += ignored
    # Alphabetically the weaker rule is the smaller.
    strongest = pa.concat_tables(found).group_by(["left", "right"], use_threads=False).aggregate([("rule", "max")])
    pairs = strongest.rename_columns({"rule_max": "rule"}).select(["left", "right", "rule"])
    return pairs.sort_by([("left", "ascending"), ("right", "ascending")]), n_ignored


def representatives(clusters: Indices, registered_days: Indices) -> Indices:
    """For each customer (m,) the one that stands for its cluster: the earliest registered, then the smallest.

    `registered_days` (m,) are days since 1970, the largest number where unknown.
    """
    order = np.lexsort((np.arange(len(clusters)), registered_days, clusters))
    _, firsts, cluster = np.unique(clusters[order], return_index=True, return_inverse=True)
    found = np.empty(len(clusters), dtype=np.int64)
    found[order] = order[firsts][cluster]
    return found


def first_days(customer: Indices, days: pa.Array, n_customers: int) -> Indices:
    """The earliest of `days` (n,) of each customer (m,), as days since 1970; the largest number where none is known."""
    first = np.full(n_customers, _NO_DATE, dtype=np.int64)
    np.minimum.at(first, customer, _day_numbers(days, _NO_DATE))
    return first


def latest_rows(customer: Indices, valid_from: pa.Array, n_customers: int) -> Indices:
    """The row (m,) of each customer that holds last; rows without a date are older, and the last row wins a tie."""
    order = np.lexsort((_day_numbers(valid_from, np.iinfo(np.int64).min), customer))
    latest = np.empty(n_customers, dtype=np.int64)
    latest[customer[order]] = order
    return latest


def _day_numbers(days: pa.Array, missing: int) -> Indices:
    numbers = pc.fill_null(days.cast(pa.int32()).cast(pa.int64()), missing)
    return np.asarray(numbers.to_numpy(zero_copy_only=False))


def _links(customer: Indices, hashes: Hashes) -> tuple[Indices, int]:
    """Pairs (p, 2) of customers next to each other among those that share a value, and how many values are ignored."""
    order = np.lexsort((customer, hashes[:, 1], hashes[:, 0]))
    customer, hashes = customer[order], hashes[order]
    is_new_value = np.ones(len(customer), dtype=bool)
    is_new_value[1:] = (hashes[1:] != hashes[:-1]).any(axis=1)
    is_new = is_new_value.copy()
    is_new[1:] |= customer[1:] != customer[:-1]
    customer, value = customer[is_new], np.cumsum(is_new_value)[is_new] - 1
    sizes = np.bincount(value)
    is_pair = (value[1:] == value[:-1]) & (sizes[value[1:]] <= MAX_SHARING)
    pairs = np.column_stack([customer[:-1][is_pair], customer[1:][is_pair]])
    return pairs, int((sizes > MAX_SHARING).sum())


def _mask(values: pa.Array) -> Mask:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
