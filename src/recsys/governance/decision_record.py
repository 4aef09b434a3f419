"""The record of one decision: what was offered or refused, on which facts, and whether it can be computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from recsys.documents import Document, Grid, Section
from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.types import JSON

# A score is stored as a 32-bit float; computed in a block of another size its last digits may differ.
TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule said: `answer` is `passed`, `refused`, `unknown` or `no limit`, on these facts and limits."""

    rule: str
    answer: str
    facts: Mapping[str, JSON]
    limits: Mapping[str, JSON]
    source: str


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Score and rank as published, and as computed again; None where the product is not in the list."""

    score: float | None
    rank: int | None
    recomputed_score: float | None
    recomputed_rank: int | None

    @property
    def agrees(self) -> bool:
        """Ranks are equal, and scores to `TOLERANCE`, relative to the larger of 1 and the score."""
        if self.rank != self.recomputed_rank:
            return False
        if self.score is None or self.recomputed_score is None:
            return True
        return abs(self.score - self.recomputed_score) <= TOLERANCE * max(1.0, abs(self.score))


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one thing adds to the score: an attribute with its `value`, or a product with `held` or `not held`."""

    thing: str
    value: JSON
    adds: float


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """Everything that is stored of one product for one customer in one publication.

    `publication` says which run, model, rules and data it came from. `features` are the values that the model looked
    at. `reasons` are told in the customer's `language`. `base` and `contributions` add up to the score: what is true of
    everybody, and what each known thing adds.
    """

    customer_id: str
    product_id: str
    product_name: str
    publication: Mapping[str, JSON]
    is_profiled: bool
    reckoning: Reckoning
    features: Mapping[str, JSON]
    verdicts: Sequence[Verdict]
    reasons: Sequence[str]
    language: str
    base: float
    contributions: Sequence[Contribution]

    @property
    def why(self) -> str:
        """The reasons in one sentence, empty for a product that is not in the list."""
        return sentence_of(self.reasons, phrases_in(self.language))

    @property
    def is_permitted(self) -> bool:
        """Whether every rule let it through."""
        return all(verdict.answer in ("passed", "no limit") for verdict in self.verdicts)

    def to_json(self) -> dict[str, JSON]:
        """For programs."""
        return {
            "customer_id": self.customer_id,
            "product_id": self.product_id,
            "product_name": self.product_name,
            "publication": dict(self.publication),
            "is_profiled": self.is_profiled,
            "is_permitted": self.is_permitted,
            "score": self.reckoning.score,
            "rank": self.reckoning.rank,
            "recomputed_score": self.reckoning.recomputed_score,
            "recomputed_rank": self.reckoning.recomputed_rank,
            "agrees": self.reckoning.agrees,
            "features": dict(self.features),
            "rules": [
                {
                    "rule": verdict.rule,
                    "answer": verdict.answer,
                    "facts": dict(verdict.facts),
                    "limits": dict(verdict.limits),
                    "source": verdict.source,
                }
                for verdict in self.verdicts
            ],
            "reasons": list(self.reasons),
            "base": self.base,
            "contributions": [asdict(one) for one in self.contributions],
        }


def build_record(record: DecisionRecord) -> Document:
    """The record as a document."""
    reckoning = record.reckoning
    return Document(
        f"Decision record: {record.product_name} for customer {record.customer_id}",
        "Made from what the publication stored, and computed again with the model and the rules of that publication.",
        (
            *((name.replace("_", " "), _text(value)) for name, value in record.publication.items()),
            ("outcome", _outcome(record)),
            ("profiled", "yes" if record.is_profiled else "no: what is popular was ranked, and nothing personal"),
            ("computed again", _again(reckoning)),
        ),
        (
            Section("Reasons", (record.why or "None: it is not in the list.",)),
            Section(
                "Rules",
                _without_limit(record),
                (Grid(("rule", "answer", "customer", "product", "source"), _rule_rows(record)),),
            ),
            Section(
                "What the score is made of",
                ("The parts add up to the score.",),
                (Grid(("what", "value", "adds"), tuple(_part_rows(record))),),
            ),
            Section(
                "What the model looked at",
                (),
                (Grid(("feature", "value"), tuple((name, _text(value)) for name, value in record.features.items())),),
            ),
        ),
    )


def _outcome(record: DecisionRecord) -> str:
    if record.reckoning.rank is not None:
        return f"recommended, rank {record.reckoning.rank}, score {record.reckoning.score:.4f}"
    if record.is_permitted:
        return "permitted, but other products rank higher"
    return "not offered: " + ", ".join(
        verdict.rule + (" (unknown)" if verdict.answer == "unknown" else "")
        for verdict in record.verdicts
        if verdict.answer in ("refused", "unknown")
    )


def _again(reckoning: Reckoning) -> str:
    if reckoning.recomputed_rank is None:
        return "it is not in the list" if reckoning.agrees else "it should not be in the list"
    said = f"rank {reckoning.recomputed_rank}, score {reckoning.recomputed_score:.4f}"
    return f"{said}: the same" if reckoning.agrees else f"{said}: NOT the same"


def _rule_rows(record: DecisionRecord) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (verdict.rule, verdict.answer, _pairs(verdict.facts), _pairs(verdict.limits), verdict.source)
        for verdict in record.verdicts
        if verdict.answer != "no limit"
    )


def _without_limit(record: DecisionRecord) -> tuple[str, ...]:
    names = [verdict.rule for verdict in record.verdicts if verdict.answer == "no limit"]
    return (f"For this product the bank has set no limit of these rules: {', '.join(names)}.",) if names else ()


def _part_rows(record: DecisionRecord) -> Iterator[tuple[str, str, str]]:
    yield "base", "what holds without any of these", f"{record.base:+.4f}"
    for one in record.contributions:
        yield one.thing, _text(one.value), f"{one.adds:+.4f}"


def _pairs(values: Mapping[str, JSON]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in values.items())


def _text(value: JSON | date) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
