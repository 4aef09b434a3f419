"""What a model card tells of one registered version, as plain facts that are kept beside the card as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from recsys.errors import ModelError
from recsys.types import JSON

# Among the contestants of a training: the recipe of the version that serves, where it is none of the candidates'.
CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval, where it has one; in the unit of what was measured."""

    mean: float
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class CardFold:
    """One fold: what it was for (`judges` or `chooses`), its dates, and who was learned from and tested.

    Of the `n_persons` that the bank had at the origin, `n_not_profiled` may not be profiled, and `n_customers` were
    learned from: all others, or a random sample of them. Cards from before these were counted have no `n_persons`.
    """

    role: str
    origin: str
    end: str
    n_customers: int
    n_training_openings: int
    n_tested_customers: int
    n_test_openings: int
    n_persons: int = 0
    n_not_profiled: int = 0


@dataclass(frozen=True, slots=True)
class CardFeature:
    """A feature: the columns of the feed that it is made of, their purpose, and what it says of a customer."""

    name: str
    sources: tuple[str, ...]
    purpose: str
    says: str


@dataclass(frozen=True, slots=True)
class CardResult:
    """A candidate under one protocol (`warm` or `cold`): NDCG@5, its gain over popularity, and other means."""

    candidate: str
    protocol: str
    ndcg: Estimate
    gain: Estimate | None = None
    others: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class CardSlice:
    """Customers who have something in common, such as `age band`: `18-29`."""

    by: str
    group: str
    n_customers: int
    ndcg: Estimate
    gain: Estimate | None = None


@dataclass(frozen=True, slots=True)
class CardParity:
    """A ratio between the group of an attribute that gets least and the one that gets most, 1 where all get the same.

    `limit` is the least that is allowed, None where it is reported and not enforced.
    """

    attribute: str
    measure: str
    value: float
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class CardImportance:
    """How much NDCG@5 falls where a feature, or a group of them, is shuffled or left out."""

    feature: str
    fall: Estimate


@dataclass(frozen=True, slots=True)
class CardThreshold:
    """A limit that is watched for as long as the model serves, as it was set then."""

    setting: str
    value: str
    says: str


@dataclass(frozen=True, slots=True)
class CardDecision:
    """What a decision did to this version, who decided (a person, or `gate`), when and why."""

    kind: str
    decided_by: str
    decided_at: str
    why: str


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All of it. What was not measured is empty, and the card says so.

    `about` are name and value of where data and program come from, `leaks` sentences on features that seem to know the
    answer. Dates are ISO texts. `status`, `approved_by` and `decisions` are as of when they were asked for.

    `contestant` names the row of `results` that is this version's recipe: its kind, or `champion` for the recipe that
    served before, fitted again. `segments` and `importance` are of that row; `importance_note` says where importance is
    that was measured for another. Groups of fewer than `smallest_group` are in no figure.
    """

    version: int
    kind: str
    bank: str
    as_of: str
    recipe: Mapping[str, JSON]
    about: tuple[tuple[str, str], ...]
    n_products: int
    folds: tuple[CardFold, ...]
    features: tuple[CardFeature, ...]
    results: tuple[CardResult, ...]
    thresholds: tuple[CardThreshold, ...]
    decisions: tuple[CardDecision, ...]
    chosen_because: str = ""
    leaks: tuple[str, ...] = ()
    segments: tuple[CardSlice, ...] = ()
    parity: tuple[CardParity, ...] = ()
    importance: tuple[CardImportance, ...] = ()
    importance_note: str = ""
    contestant: str = ""
    smallest_group: int = 50
    status: str = "registered"
    approved_by: str = "nobody yet"

    def with_decisions(self, status: str, approved_by: str, decisions: tuple[CardDecision, ...]) -> CardFacts:
        """The facts of the same version after something more was decided."""
        return replace(self, status=status, approved_by=approved_by, decisions=decisions)

    def to_json(self) -> dict[str, JSON]:
        """What `of` reads back."""
        return asdict(self)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> CardFacts:
        """The facts that `to_json` wrote. Raises `ModelError` where another version wrote them."""
        try:
            return cls(
                **{
                    **stored,
                    "about": tuple((str(name), str(value)) for name, value in stored["about"]),
                    "folds": tuple(_fold(one) for one in stored["folds"]),
                    "features": tuple(
                        CardFeature(**{**one, "sources": tuple(one["sources"])}) for one in stored["features"]
                    ),
                    "results": tuple(_estimated(CardResult, one) for one in stored["results"]),
                    "thresholds": tuple(CardThreshold(**one) for one in stored["thresholds"]),
                    "decisions": tuple(CardDecision(**one) for one in stored["decisions"]),
                    "leaks": tuple(stored["leaks"]),
                    "segments": tuple(_estimated(CardSlice, one) for one in stored["segments"]),
                    "parity": tuple(CardParity(**one) for one in stored["parity"]),
                    "importance": tuple(_estimated(CardImportance, one) for one in stored["importance"]),
                }
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The facts of this model card were written by another version: {type(error).__name__}.",
                remedy="The card itself is an artifact of the version's run in MLflow.",
            ) from error


def _fold(stored: Mapping[str, Any]) -> CardFold:
    # Counted once: persons who had refused by themselves, which left out those whose consent is missing.
    return CardFold(**{name: value for name, value in stored.items() if name != "n_refusing"})


def _estimated(kind: Any, stored: Mapping[str, Any]) -> Any:
    estimates = {
        name: Estimate(**stored[name]) for name in ("ndcg", "gain", "fall") if isinstance(stored.get(name), dict)
    }
    return kind(**{**stored, **estimates})
