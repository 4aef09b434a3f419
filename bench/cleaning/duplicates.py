"""Duplicates found, pair by pair, next to what exact values alone find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from bench.cleaning.bank import Bank
from recsys.cleaning.persons import evidence_of, exact_pairs

Persons = Mapping[str, str | int]
_EXACT = ["customer_id", "national_id", "email", "birth_date"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """How many pairs of customers are one person: in truth, as found, and both."""

    true: int
    found: int
    both: int

    @property
    def precision(self) -> float:
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.both / self.true if self.true else 1.0


def exact_persons(bank: Bank) -> Persons:
    """Who is one person by a national id, or by an e-mail address and a birth date, alone."""
    rows = bank.landed("customers", _EXACT).combine_chunks()
    ids = rows["customer_id"].combine_chunks().dictionary_encode()
    customer = ids.indices.to_numpy().astype(np.int64)
    evidence = evidence_of(*(rows[name].combine_chunks() for name in _EXACT[1:]))
    pairs, _ = exact_pairs(customer, evidence)
    ends = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(len(ids.dictionary),) * 2)
    _, person = connected_components(graph, directed=False)
    return dict(zip(ids.dictionary.to_pylist(), person.tolist(), strict=True))


def found_persons(bank: Bank) -> Persons:
    """Who is one person after `resolve_customers`."""
    with bank.database.connect("admin") as connection:
        return dict(connection.execute("select customer_id, person_key::text from identity.customers").fetchall())


def count_pairs(found: Persons, duplicates: pa.Table) -> Pairs:
    """Pairs within persons, true and found."""
    same_as = dict(zip(duplicates["customer_id"].to_pylist(), duplicates["same_as"].to_pylist(), strict=True))
    true = {customer: same_as.get(customer, customer) for customer in found}

    def pairs(labels: Counter[object]) -> int:
        return sum(size * (size - 1) // 2 for size in labels.values())

    return Pairs(
        pairs(Counter(true.values())),
        pairs(Counter(found.values())),
        pairs(Counter((true[customer], person) for customer, person in found.items())),
    )


def joined_by_kind(found: Persons, pairs: pa.Table, other: str) -> dict[str, tuple[int, int]]:
    """Of the pairs (`customer_id`, `other`) of each kind: how many are one person, and how many there are."""
    joined: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in pairs.to_pylist():
        total[row["common"]] += 1
        joined[row["common"]] += found[row["customer_id"]] == found[row[other]]
    return {kind: (joined[kind], n) for kind, n in total.items()}


def pairs_to_review(bank: Bank, duplicates: pa.Table) -> tuple[int, int]:
    """Pairs that wait for people, and how many of them are one person in truth."""
    same_as = dict(zip(duplicates["customer_id"].to_pylist(), duplicates["same_as"].to_pylist(), strict=True))
    with bank.database.connect("admin") as connection:
        rows = connection.execute(
            """
            select lefts.customer_id, rights.customer_id
            from identity.matches
            inner join identity.customers as lefts on lefts.customer_key = matches.customer_key_l
            inner join identity.customers as rights on rights.customer_key = matches.customer_key_r
            where matches.state = 'review'
            """
        ).fetchall()
    return len(rows), sum(same_as.get(left, left) == same_as.get(right, right) for left, right in rows)
