"""What each split on the way to a leaf changed: why a model of trees says what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from lightgbm import Booster

# Leaf, and the columns that were asked on the way to it with what each of them changed.
_Way: TypeAlias = "tuple[int, dict[int, float]]"


@dataclass(frozen=True)
class TreePaths:
    """The ways to all leaves of a booster with `n_classes` trees in each of its rounds.

    `columns` (n_rounds, n_classes, n_leaves, depth) int16: the columns asked on the way, `n_columns` where the way is
    shorter; `changes` of the same shape, float32: what they added to the tree's value. `roots` (n_classes,) float32:
    sums of what the trees say of the average row; from there the changes lead to the leaves.
    """

    columns: NDArray[np.int16]
    changes: NDArray[np.float32]
    roots: NDArray[np.float32]
    n_columns: int

    def contributions(self, leaves: NDArray[np.int32], classes: NDArray[np.integer]) -> NDArray[np.float32]:
        """What each column added to the scores of `classes` (n, k; -1 for none), (n, k, n_columns) float32.

        `leaves` (n, n_rounds x n_classes): the leaf of each tree, as LightGBM's `pred_leaf` gives it.
        """
        n, k = classes.shape
        n_rounds, n_classes = self.columns.shape[:2]
        of_class = np.maximum(classes, 0)[:, :, None]
        rounds = np.arange(n_rounds)[None, None, :]
        leaf = np.take_along_axis(leaves.reshape(n, n_rounds, n_classes).transpose(0, 2, 1), of_class, axis=1)
        columns = self.columns[rounds, of_class, leaf].reshape(n * k, -1)
        changes = self.changes[rounds, of_class, leaf].reshape(n * k, -1)
        places = columns + np.arange(n * k)[:, None] * (self.n_columns + 1)
        sums = np.bincount(places.ravel(), changes.ravel(), n * k * (self.n_columns + 1))
        said = sums.reshape(n, k, self.n_columns + 1)[..., :-1].astype(np.float32)
        said[classes < 0] = 0
        return said


def paths_of(booster: Booster, n_classes: int) -> TreePaths:
    """The ways of all trees of `booster`."""
    n_columns = booster.num_feature()
    tops = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    trees = [dict(_ways(top, {})) for top in tops]
    roots = np.reshape([_mean(top) for top in tops], (-1, n_classes)).sum(axis=0)
    n_leaves = max(max(ways) for ways in trees) + 1
    depth = max((len(way) for ways in trees for way in ways.values()), default=0)
    columns = np.full((len(trees), n_leaves, depth), n_columns, np.int16)
    changes = np.zeros((len(trees), n_leaves, depth), np.float32)
    for tree, ways in enumerate(trees):
        for leaf, way in ways.items():
            columns[tree, leaf, : len(way)] = list(way)
            changes[tree, leaf, : len(way)] = list(way.values())
    shape = (-1, n_classes, n_leaves, depth)
    return TreePaths(columns.reshape(shape), changes.reshape(shape), roots.astype(np.float32), n_columns)


def _ways(node: dict[str, Any], way: dict[int, float]) -> Iterator[_Way]:
    if "split_feature" not in node:
        # A tree that found no split is a leaf without a number.
        yield node.get("leaf_index", 0), way
        return
    column = int(node["split_feature"])
    for child in (node["left_child"], node["right_child"]):
        change = _mean(child) - _mean(node)
        yield from _ways(child, {**way, column: way.get(column, 0.0) + change})


def _mean(node: dict[str, Any]) -> float:
    """What the tree says of the average row that comes by; LightGBM's `internal_value` is the step to take there."""
    if "split_feature" not in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    n_left, n_right = _count(left), _count(right)
    return (n_left * _mean(left) + n_right * _mean(right)) / (n_left + n_right)


def _count(node: dict[str, Any]) -> int:
    return int(node["internal_count"] if "split_feature" in node else node["leaf_count"])
