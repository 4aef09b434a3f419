"""Why somebody is offered a product, or is not: what a publication says of one customer and one product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recsys.explanation.phrases import phrases_in
from recsys.explanation.sentences import sentence_of
from recsys.ranking import rule_words
from recsys.ranking.advisor_words import TakenOff
from recsys.ranking.catalogue import Product
from recsys.ranking.limit_words import limits_of
from recsys.ranking.rules.registry import RULES
from recsys.types import JSON

_PLACES = {rule.name: place for place, rule in enumerate(RULES)}


class Outcome(StrEnum):
    """What became of the product."""

    OFFERED = "offered"
    BELOW = "below the list"  # permitted, and others were ranked before it
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # permitted when it was scored, and no longer on sale
    TAKEN_OFF = "taken off"  # permitted, and an advisor took it off the customer's list
    NOT_OFFERED = "not offered"  # below the list, or refused by a rule that is not told


@dataclass(frozen=True, slots=True)
class Refusing:
    """A rule that refused, and whether it did because the customer's side is not known."""

    rule: str
    is_unknown: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the product stands in the customer's list, and why: reasons in the customer's `language`, or none."""

    rank: int
    score: float
    reasons: Sequence[str]
    language: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of the pair. `product` has its limits as the publication applied them, `n_offered` is the length of
    the customer's list, `withdrawn_date` the first day without sale as of today. `hears_all` says whether `refusing`
    has the private rules, too: whoever does not hear of them cannot be told that a product was permitted.
    `taken_off` is what an advisor decided, for whoever hears all.
    """

    product: Product
    n_offered: int
    place: Place | None
    refusing: Sequence[Refusing]
    withdrawn_date: date | None
    today: date
    hears_all: bool = True
    taken_off: TakenOff | None = None

    @property
    def outcome(self) -> Outcome:
        """A rule that refused comes before a sale that has ended since."""
        if self.place is not None:
            return Outcome.OFFERED
        if self.refusing:
            return Outcome.REFUSED
        if self._is_withdrawn:
            return Outcome.WITHDRAWN
        if self.taken_off is not None:
            return Outcome.TAKEN_OFF
        return Outcome.BELOW if self.hears_all else Outcome.NOT_OFFERED

    @property
    def _is_withdrawn(self) -> bool:
        return self.withdrawn_date is not None and self.withdrawn_date <= self.today

    def lines(self) -> list[str]:
        """The answer for people: what, and then why, a line each."""
        if self.place is not None:
            head = f"Permitted, and ranked {self.place.rank} of {self.n_offered} with the score {self.place.score:.3f}."
            language = self.place.language
            why = sentence_of(self.place.reasons, phrases_in(language)) if language else ""
            return [head, why] if why else [head]
        if self.refusing:
            head = "Not offered, since " + ("a rule refuses it:" if len(self.refusing) == 1 else "rules refuse it:")
            return [head, *(f"{rule}: {words}" for rule, words in refusals_in_words(self.product, self.refusing))]
        if self._is_withdrawn:
            before = "Permitted when it was scored, and withdrawn" if self.hears_all else "Withdrawn"
            return [f"{before} on {self.withdrawn_date}: it is shown no more."]
        if self.taken_off is not None:
            return [self.taken_off.sentence()]
        if not self.hears_all:
            return ["Not offered: other products were ranked before it, or a rule refuses it that is not told here."]
        return [f"Permitted, but not on the list: {self.n_offered} other products were ranked before it."]

    def to_json(self) -> dict[str, JSON]:
        """The answer for programs."""
        place = self.place
        return {
            "product_id": self.product.product_id,
            "product_name": self.product.product_name,
            "outcome": self.outcome.value,
            "n_offered": self.n_offered,
            "rank": None if place is None else place.rank,
            "score": None if place is None else place.score,
            "reasons": [] if place is None else list(place.reasons),
            "refused_by": [
                {
                    "rule": one.rule,
                    "is_unknown": one.is_unknown,
                    "why": rule_words.sentence_of(one.rule, is_unknown=one.is_unknown),
                    "limits": [*limits_of(self.product, one.rule)],
                }
                for one in self.refusing
            ],
            "withdrawn_date": None if self.withdrawn_date is None else self.withdrawn_date.isoformat(),
        }


def refusals_in_words(product: Product, refusing: Iterable[Refusing]) -> list[tuple[str, str]]:
    """Each rule with what it says and what the product asks for, in the order of the rules; a limit is told once.

    A customer's own values stay where they are.
    """
    told: set[str] = set()
    lines = []
    for one in sorted(refusing, key=lambda one: _PLACES.get(one.rule, len(_PLACES))):
        limits = [limit for limit in limits_of(product, one.rule) if limit not in told]
        told.update(limits)
        lines.append((one.rule, " ".join([rule_words.sentence_of(one.rule, is_unknown=one.is_unknown), *limits])))
    return lines
