"""Recipes: what a candidate is made of, apart from the data. The same recipe can be fitted again on any data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Self

from recsys.errors import ModelError
from recsys.models.search import Space
from recsys.types import JSON


@dataclass(frozen=True)
class Recipe:
    """A candidate's parameters. Each kind has a recipe of its own, with the defaults that were found to work.

    `n_threads`: with one, two fits with one seed are the same.
    """

    kind: ClassVar[str]
    # Where a search may look for better parameters than the defaults.
    space: ClassVar[Space] = {}

    seed: int = 7
    n_threads: int = 1

    def to_json(self) -> dict[str, JSON]:
        """As parameters of a run and in a stored model; `of` reads it back."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def of(cls, values: Mapping[str, JSON]) -> Self:
        """The recipe with these parameters. Raises `ModelError` for one that this version does not know."""
        parameters = {name: value for name, value in values.items() if name != "kind"}
        unknown = sorted(parameters.keys() - {field.name for field in fields(cls)})
        if unknown:
            raise unreadable(cls.kind, unknown)
        return cls(**parameters)  # type: ignore[arg-type]


def unreadable(kind: object, unknown: list[str]) -> ModelError:
    """The error of a stored recipe that another version wrote."""
    return ModelError(
        f"The stored recipe cannot be read: kind {kind!r}, unknown parameters {unknown}.",
        remedy="It was written by another version; train again with --train always.",
    )
