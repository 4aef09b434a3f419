"""What a booster's trees ask, where they lead, and what each split on the way to a leaf changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightgbm import Booster

# What each column that was asked on the way changed.
Changes = dict[int, float]


@dataclass(frozen=True, slots=True)
class Split:
    """Numbers of `column` up to `threshold` go left; `left` and `right` are the leaves there, a bit for each.

    `is_unknown_apart`: NaN goes left where `is_unknown_left`; otherwise it goes where 0 goes, as in LightGBM.
    """

    column: int
    threshold: float
    is_unknown_apart: bool
    is_unknown_left: bool
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the tree says there, and what the splits on the way changed, from the mean of the tree to `value`."""

    number: int
    value: float
    changes: Changes


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree: `mean` is what it says of the average row of the training."""

    mean: float
    splits: tuple[Split, ...]
    leaves: tuple[Leaf, ...]


def read_trees(booster: Booster) -> list[Tree]:
    """All trees of `booster`, in its order: the trees of one round, one for each class, follow each other."""
    tops = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    return [Tree(_mean(top), tuple(_splits(top)), tuple(_leaves(top, {}))) for top in tops]


def _splits(node: dict[str, Any]) -> Iterator[Split]:
    if _is_leaf(node):
        return
    yield Split(
        int(node["split_feature"]),
        float(node["threshold"]),
        node["missing_type"] == "NaN",
        bool(node["default_left"]),
        _bits(node["left_child"]),
        _bits(node["right_child"]),
    )
    for child in (node["left_child"], node["right_child"]):
        yield from _splits(child)


def _leaves(node: dict[str, Any], changes: Changes) -> Iterator[Leaf]:
    if _is_leaf(node):
        yield Leaf(_number(node), float(node["leaf_value"]), changes)
        return
    column = int(node["split_feature"])
    for child in (node["left_child"], node["right_child"]):
        change = _mean(child) - _mean(node)
        yield from _leaves(child, {**changes, column: changes.get(column, 0.0) + change})


def _bits(node: dict[str, Any]) -> int:
    return 1 << _number(node) if _is_leaf(node) else _bits(node["left_child"]) | _bits(node["right_child"])


def _mean(node: dict[str, Any]) -> float:
    """What the tree says of the average row that comes by; LightGBM's `internal_value` is the step to take there."""
    if _is_leaf(node):
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    n_left, n_right = _count(left), _count(right)
    return (n_left * _mean(left) + n_right * _mean(right)) / (n_left + n_right)


def _count(node: dict[str, Any]) -> int:
    return int(node["leaf_count"] if _is_leaf(node) else node["internal_count"])


def _is_leaf(node: dict[str, Any]) -> bool:
    return "split_feature" not in node


def _number(leaf: dict[str, Any]) -> int:
    # A tree that found no split is a leaf without a number.
    return int(leaf.get("leaf_index", 0))
