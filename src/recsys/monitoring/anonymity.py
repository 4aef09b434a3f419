"""How anonymous the persons of a run are, in figures that single out nobody: counts of classes, never a class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recsys.privacy.diversity import Diversity
from recsys.privacy.equivalence import SIZE_EDGES, Anonymity
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class ZoneFigures:
    """One zone. `enforced` is over what outsiders can know, `full` over every quasi-identifier.

    `full_without` holds the share of persons below k that would be left without each quasi-identifier; `diversity` is
    that of each sensitive column within the classes of `enforced`.
    """

    enforced: Anonymity
    full: Anonymity
    full_without: Mapping[str, float]
    diversity: Mapping[str, Diversity]


@dataclass(frozen=True, slots=True)
class Coarsened:
    """Persons of whom a column became coarser, and among them those of whom nothing is left of it."""

    n_coarser: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class AnonymityReport:
    """A run.

    `before` is what was found before this run made anything coarser, `before_without` the share of persons that would
    have been below k without each column; `coarsened` counts persons by column.
    """

    run_id: str
    k: int
    before: Anonymity
    before_without: Mapping[str, float]
    coarsened: Mapping[str, Coarsened]
    raw: ZoneFigures
    marts: ZoneFigures | None = None
    size_edges: tuple[int, ...] = field(default=SIZE_EDGES)

    @property
    def zones(self) -> dict[str, ZoneFigures]:
        """The zones that were measured."""
        return {"raw": self.raw} if self.marts is None else {"raw": self.raw, "marts": self.marts}

    @property
    def size_labels(self) -> list[str]:
        """The bars of `persons_by_size` in words."""
        ends = [end - 1 for end in self.size_edges[1:]]
        closed = [
            str(low) if low == high else f"{low}-{high}" for low, high in zip(self.size_edges, ends, strict=False)
        ]
        return [*closed, f"{self.size_edges[-1]:,}+"]


def report_to_json(report: AnonymityReport) -> dict[str, JSON]:
    """As it is stored."""
    return asdict(report)


def report_of(stored: Mapping[str, Any]) -> AnonymityReport:
    """The report that `report_to_json` wrote."""
    return AnonymityReport(
        run_id=stored["run_id"],
        k=stored["k"],
        before=_anonymity(stored["before"]),
        before_without=stored["before_without"],
        coarsened={name: Coarsened(**counts) for name, counts in stored["coarsened"].items()},
        raw=_zone(stored["raw"]),
        marts=None if stored["marts"] is None else _zone(stored["marts"]),
        size_edges=tuple(stored["size_edges"]),
    )


def _zone(stored: Mapping[str, Any]) -> ZoneFigures:
    return ZoneFigures(
        _anonymity(stored["enforced"]),
        _anonymity(stored["full"]),
        stored["full_without"],
        {name: Diversity(**figures) for name, figures in stored["diversity"].items()},
    )


def _anonymity(stored: Mapping[str, Any]) -> Anonymity:
    return Anonymity(**{**stored, "persons_by_size": tuple(stored["persons_by_size"])})
