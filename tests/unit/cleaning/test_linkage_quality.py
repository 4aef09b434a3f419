"""How much of the demo bank's truth linkage finds, and how little else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from recsys.cleaning.linkage import LinkageOptions
from recsys.cleaning.linkage_columns import LINKED_COLUMNS, linkage_columns
from recsys.cleaning.linkage_scoring import Resources
from recsys.cleaning.linkage_training import learnt_weights, shipped_weights
from recsys.cleaning.resolution import CustomerRows, Resolution
from recsys.feed.demo.block import Block, draw_block
from recsys.feed.demo.registrations import customer_table

N_CUSTOMERS = 5_000


@pytest.fixture(scope="module")
def bank() -> tuple[Block, Resolution]:
    rng = np.random.default_rng(11)
    block = draw_block(rng, 1, N_CUSTOMERS, date(2026, 1, 1))
    rows = CustomerRows()
    for batch in customer_table(rng, block).combine_chunks().to_batches():
        rows.add(batch)
    return block, rows.resolve(LinkageOptions())


def pairs(customer_ids: Iterable[str], persons: Iterable[object]) -> set[tuple[str, str]]:
    """Every two customers of one person."""
    members = defaultdict(list)
    for customer_id, person in zip(customer_ids, persons, strict=True):
        members[person].append(customer_id)
    return {pair for ids in members.values() for pair in combinations(sorted(ids), 2)}


def true_pairs(block: Block) -> set[tuple[str, str]]:
    return pairs(block.customer_ids.to_pylist(), [*range(block.n_persons), *block.duplicates.originals.tolist()])


def found_pairs(found: Resolution) -> set[tuple[str, str]]:
    return pairs(found.customer_ids.to_pylist(), found.persons.representative.tolist())


def test_nearly_every_pair_that_is_joined_is_one_person(bank: tuple[Block, Resolution]) -> None:
    block, found = bank
    joined = found_pairs(found)
    assert len(joined & true_pairs(block)) >= 0.98 * len(joined) > 100


def test_nearly_every_pair_of_one_person_is_joined(bank: tuple[Block, Resolution]) -> None:
    block, found = bank
    truth = true_pairs(block)
    assert len(truth & found_pairs(found)) >= 0.95 * len(truth) > 100


def test_no_look_alikes_are_joined(bank: tuple[Block, Resolution]) -> None:
    block, found = bank
    ids = block.customer_ids.to_numpy(zero_copy_only=False)
    members, models = ids[block.households.members], ids[block.households.models]
    alike = {tuple(sorted(pair)) for pair in zip(members.tolist(), models.tolist(), strict=True)}
    assert alike
    assert not alike & found_pairs(found)


@pytest.mark.slow
def test_weights_that_a_bank_learns_are_the_same_every_time() -> None:
    rng = np.random.default_rng(11)
    customers = customer_table(rng, draw_block(rng, 1, N_CUSTOMERS, date(2026, 1, 1)))
    columns = linkage_columns(customers.select(list(LINKED_COLUMNS)))
    first, second = (learnt_weights(columns, shipped_weights(), Resources(threads)) for threads in (1, 2))
    assert first == second
    assert first != shipped_weights()
    assert all(sum(m for m, _ in pairs) == pytest.approx(1, abs=0.01) for pairs in first.values())


def test_a_bank_that_delivers_next_to_nothing_keeps_the_weights_of_the_package() -> None:
    rng = np.random.default_rng(11)
    customers = customer_table(rng, draw_block(rng, 1, 300, date(2026, 1, 1))).select(list(LINKED_COLUMNS))
    empty = pa.table({name: pa.nulls(customers.num_rows, customers.schema.field(name).type) for name in LINKED_COLUMNS})
    learnt = learnt_weights(linkage_columns(empty), shipped_weights(), Resources())
    for name, pairs in shipped_weights().items():
        assert np.array(learnt[name]) == pytest.approx(np.array(pairs), rel=0.05)
