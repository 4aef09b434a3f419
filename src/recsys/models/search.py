"""Search spaces as data: which parameters of a recipe are worth searching, and where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeAlias

from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few values."""

    values: tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`, both included; orders of magnitude count alike where `is_log`."""

    low: int
    high: int
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`; orders of magnitude count alike where `is_log`."""

    low: float
    high: float
    is_log: bool = False


Range: TypeAlias = OneOf | Whole | Number
# Parameters of a recipe by name. An empty space: the kind is not tuned.
Space: TypeAlias = Mapping[str, Range]


def space_version(space: Space, defaults: Mapping[str, JSON]) -> str:
    """Fingerprint of a space and of the recipe that the search begins with: another one is another search."""
    described = {name: [type(one).__name__, asdict(one)] for name, one in space.items()}
    text = json.dumps([described, defaults], sort_keys=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
