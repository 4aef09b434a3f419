"""A booster's trees as tables of the leaves that answers leave open: all trees are walked down in a few sweeps.

After QuickScorer (Lucchese et al. 2015): a split is not a step but rules leaves out, so what all columns leave open of
a tree is one leaf. LightGBM goes step by step: its numbers are the same, and took 14 times the processor time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.errors import ModelError
from recsys.models.tree_reading import Split, Tree, read_trees

if TYPE_CHECKING:
    from lightgbm import Booster

# Bits of leaves, one for each leaf of a tree.
_Bits: TypeAlias = NDArray[np.unsignedinteger]

_MOST_LEAVES = 64
# Leaves that are held at a time, and bytes of a table of several columns: both stay near a core.
_LEAVES_AT_A_TIME = 600_000
_TABLE_BYTES = 400_000


@dataclass(frozen=True, slots=True)
class _Question:
    """What a column may answer: how many of `thresholds` (the last is infinite) are below it; NaN is above infinity."""

    column: int
    thresholds: NDArray[np.float64]
    n_answers: int


@dataclass(frozen=True, slots=True)
class _Table:
    """The leaves that the answers to `questions` leave `open` (n_answers, n_trees), the last question's run fastest."""

    questions: tuple[_Question, ...]
    open: _Bits

    def rows(self, numbers: NDArray[np.float64]) -> NDArray[np.intp]:
        """Rows (n,) of `open` for customers whose `numbers` are (n_columns, n)."""
        rows = np.zeros(numbers.shape[1], np.intp)
        for question in self.questions:
            rows *= question.n_answers
            rows += np.searchsorted(question.thresholds, numbers[question.column])
        return rows

    def joined(self, other: _Table) -> _Table:
        """One table of the questions of both."""
        both = (self.open[:, None] & other.open).reshape(-1, self.open.shape[1])
        return _Table(self.questions + other.questions, both)


@dataclass(frozen=True)
class Forest:
    """The trees of a model that adds up one tree of each round for each class, in the order of classes, then rounds.

    `values` (n_trees, n_leaves) float64, and `changes` (n_trees, n_leaves, n_columns) float32: what each column that
    was asked on the way to the leaf added. `roots` (n_classes,) float32: sums of what the trees say of the average row;
    from there the changes lead to the values. Where a column is not `is_unknown_apart` (n_columns,), NaN is like 0.
    """

    tables: tuple[_Table, ...]
    is_unknown_apart: NDArray[np.bool_]
    values: NDArray[np.float64]
    changes: NDArray[np.float32]
    roots: NDArray[np.float32]

    def sums(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scores of all classes (n, n_classes) for the rows of `columns` (n, n_columns)."""
        n_classes = len(self.roots)
        sums = np.empty((len(columns), n_classes), np.float32)
        for rows, leaves in self._leaves(columns):
            places = _numbers(leaves)
            places += self._firsts
            of_classes = _ones(places.reshape(len(leaves) * n_classes, -1), self.values) @ self.values.ravel()
            sums[rows] = of_classes.reshape(-1, n_classes)
        return sums

    def contributions(self, columns: NDArray[np.float32], classes: NDArray[np.integer]) -> NDArray[np.float32]:
        """What each column added to the scores of `classes` (n, k; -1 for none), (n, k, n_columns) float32."""
        n_classes, n_columns = len(self.roots), self.changes.shape[2]
        firsts = self._firsts.reshape(n_classes, -1)
        said = np.zeros((*classes.shape, n_columns), np.float32)
        for rows, leaves in self._leaves(columns):
            row, place = np.nonzero(classes[rows] >= 0)
            # Class by class: what is read of the changes at a time stays near a core.
            by_class = np.argsort(classes[rows][row, place], kind="stable")
            row, place = row[by_class], place[by_class]
            chosen = classes[rows][row, place]
            places = _numbers(leaves.reshape(-1, *firsts.shape)[row, chosen]) + firsts[chosen]
            said[rows][row, place] = _ones(places, self.changes) @ self.changes.reshape(-1, n_columns)
        return said

    @cached_property
    def _firsts(self) -> NDArray[np.int32]:
        """Where the leaves of each tree begin among those of all (n_trees,)."""
        return np.arange(len(self.values), dtype=np.int32) * np.int32(self.values.shape[1])

    def _leaves(self, columns: NDArray[np.float32]) -> Iterator[tuple[slice, _Bits]]:
        """Some rows of `columns` at a time, and the leaf of each in each tree (n, n_trees), as the one bit left."""
        is_zero = np.isnan(columns) & ~self.is_unknown_apart
        numbers = np.where(is_zero, np.float32(0), columns).T.astype(np.float64, order="C")
        rows_of = [table.rows(numbers) for table in self.tables]
        step = max(1, _LEAVES_AT_A_TIME // len(self.values))
        for start in range(0, len(columns), step):
            rows = slice(start, start + step)
            leaves = self.tables[0].open[rows_of[0][rows]]
            narrowing = np.empty_like(leaves)
            for table, row_of in zip(self.tables[1:], rows_of[1:], strict=True):
                # Unlike the default mode, clipping writes straight into `out`; no row lies outside.
                np.take(table.open, row_of[rows], axis=0, out=narrowing, mode="clip")
                leaves &= narrowing
            yield rows, leaves


def forest_of(booster: Booster, n_classes: int) -> Forest:
    """The trees of `booster`. Raises `ModelError` where one of them has more leaves than a word has bits."""
    trees = read_trees(booster)
    trees = [tree for number in range(n_classes) for tree in trees[number::n_classes]]
    n_leaves = max(len(tree.leaves) for tree in trees)
    if n_leaves > _MOST_LEAVES:
        raise ModelError(
            f"A tree has {n_leaves} leaves; at most {_MOST_LEAVES} can be walked down to.",
            remedy=f"Train trees with at most {_MOST_LEAVES} leaves.",
        )
    values = np.zeros((len(trees), n_leaves))
    changes = np.zeros((len(trees), n_leaves, booster.num_feature()), np.float32)
    for number, tree in enumerate(trees):
        for leaf in tree.leaves:
            values[number, leaf.number] = leaf.value
            changes[number, leaf.number, list(leaf.changes)] = list(leaf.changes.values())
    roots = np.reshape([tree.mean for tree in trees], (n_classes, -1)).sum(axis=1).astype(np.float32)
    is_unknown_apart = np.zeros(booster.num_feature(), np.bool_)
    is_unknown_apart[[split.column for tree in trees for split in tree.splits if split.is_unknown_apart]] = True
    tables = tuple(_joined(_tables(trees, n_leaves, is_unknown_apart)))
    return Forest(tables, is_unknown_apart, values, changes, roots)


def _tables(trees: Sequence[Tree], n_leaves: int, is_unknown_apart: NDArray[np.bool_]) -> Iterator[_Table]:
    """One table that leaves everything open, and one for each column that is asked, small ones first."""
    word = np.min_scalar_type(2**n_leaves - 1)
    everything = np.array([2 ** len(tree.leaves) - 1 for tree in trees], word)
    yield _Table((), everything[None])
    asked: dict[int, list[tuple[int, Split]]] = {}
    for number, tree in enumerate(trees):
        for split in tree.splits:
            asked.setdefault(split.column, []).append((number, split))
    tables = [_table(column, splits, everything, is_unknown_apart[column]) for column, splits in asked.items()]
    yield from sorted(tables, key=lambda table: len(table.open))


def _table(column: int, asked: Sequence[tuple[int, Split]], everything: _Bits, is_unknown_apart: bool) -> _Table:
    """What the splits `asked` of a column, each with the number of its tree, leave of `everything` (n_trees,)."""
    thresholds = np.append(np.unique([split.threshold for _, split in asked]), np.inf)
    n_answers = len(thresholds) + is_unknown_apart
    left_open = np.tile(everything, (n_answers, 1))
    for tree, split in asked:
        is_left = np.arange(n_answers) <= np.searchsorted(thresholds, split.threshold)
        if is_unknown_apart:
            is_left[-1] = split.is_unknown_left
        right, left = np.array([split.right, split.left], everything.dtype)
        left_open[:, tree] &= ~np.where(is_left, right, left)
    return _Table((_Question(column, thresholds, n_answers),), left_open)


def _joined(tables: Iterable[_Table]) -> Iterator[_Table]:
    """Fewer tables that say the same: each joined to the one before while the two stay small."""
    tables = iter(tables)
    last = next(tables)
    for table in tables:
        if len(last.open) * table.open.nbytes <= _TABLE_BYTES:
            last = last.joined(table)
        else:
            yield last
            last = table
    yield last


def _numbers(leaves: _Bits) -> NDArray[np.int32]:
    """Numbers of the leaves that have these bits."""
    return np.bitwise_count(leaves - 1).astype(np.int32)


def _ones(places: NDArray[np.int32], table: NDArray[np.floating]) -> sparse.csr_array:
    """What adds up the entries at `places` (n, n_each) of a `table` (n_trees, n_leaves, ...), for each row."""
    n, n_each = places.shape
    ones = np.ones(places.size, table.dtype)
    starts = np.arange(n + 1, dtype=np.int32) * n_each
    return sparse.csr_array((ones, places.ravel(), starts), shape=(n, table.shape[0] * table.shape[1]))
