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
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

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


def find_persons(
    customer: Indices, evidence: Sequence[Evidence], registered_days: Indices, customer_ids: pa.Array
) -> Persons:
    """Join customers that share a value, directly or over others.

    `customer` (n,) is the place in `customer_ids` (m,) of each row of the evidence; `registered_days` (m,) are days
    since 1970, `NO_DATE` where unknown. The earliest registered customer, then the smallest id, stands for the person.
    """
    links, n_ignored = [], 0
    for one in evidence:
        pairs, ignored = _links(customer[one.has_value], one.hashes[one.has_value])
        links.append(pairs)
        n_ignored += ignored
    representative = _representatives(np.concatenate(links), registered_days, customer_ids)
    return Persons(representative, _rules(representative, evidence, links), n_ignored)


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


def _representatives(pairs: Indices, registered_days: Indices, customer_ids: pa.Array) -> Indices:
    n_customers = len(customer_ids)
    representative = np.arange(n_customers, dtype=np.int64)
    members = np.unique(pairs)
    if not len(members):
        return representative
    # Only customers that share something need sorting: a few in a hundred.
    places = np.searchsorted(members, pairs)
    graph = coo_matrix((np.ones(len(pairs), dtype=np.int8), (places[:, 0], places[:, 1])), shape=(len(members),) * 2)
    _, person = connected_components(graph, directed=False)
    id_ranks = np.argsort(pc.array_sort_indices(customer_ids.take(pa.array(members))).to_numpy())
    order = np.lexsort((id_ranks, registered_days[members], person))
    _, firsts = np.unique(person[order], return_index=True)
    representative[members] = members[order[firsts]][person]
    return representative


def _rules(representative: Indices, evidence: Sequence[Evidence], links: Sequence[Indices]) -> pa.Array:
    names = pa.array([MatchRule.SELF.value, *(one.rule.value for one in evidence)])
    rules = np.zeros(len(representative), dtype=np.int8)
    is_joined = representative != np.arange(len(representative))
    # The first rule is the strongest, so it is written last.
    for number, pairs in reversed(list(enumerate(links, start=1))):
        touched = np.unique(pairs)
        rules[touched[is_joined[touched]]] = number
    return names.take(pa.array(rules))


def _mask(values: pa.Array) -> Mask:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)
