"""A recipe in as many lines as people read: what a blend is made of stands in a line for each member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recsys.types import JSON

_MEMBERS = "members"
# What members share with the blend, or say in their line already.
_UNSAID = ("kind", "seed", "n_threads")


def recipe_words(recipe: Mapping[str, JSON]) -> dict[str, str]:
    """Parameter and value of `Recipe.to_json`; of members their weights, and below that each one's own parameters."""
    words = {name: str(value) for name, value in recipe.items() if name != _MEMBERS}
    members: Any = recipe.get(_MEMBERS)
    if members is None:
        return words
    words[_MEMBERS] = ", ".join(f"{one['recipe']['kind']} {one['weight']:.3f}" for one in members)
    return {**words, **{f"{_MEMBERS}.{one['recipe']['kind']}": _member(one) for one in members}}


def _member(member: Mapping[str, Any]) -> str:
    own = {name: value for name, value in member["recipe"].items() if name not in _UNSAID}
    values = {"weight": member["weight"], "temperature": member["temperature"], **own}
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )
