"""How far a rule reaches: which rules leave a product to nobody, or almost nobody, and what to look at then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.elimination_counts import EliminationCounts
from recsys.ranking.limit_words import limits_of
from recsys.ranking.rules.registry import BY_NAME

# What is off sale is off sale for everybody, and a product that nearly everybody holds is a success.
_BY_DESIGN = frozenset({"on_sale", "already_held"})
# These pick out the few whom a product is made for; a few is well, and nobody is a mistake.
_PICKING = frozenset({"requires", "target_segment", UNSCORED})
# Whole segments are what these are for.
_OF_SEGMENTS = frozenset({"target_segment", "negative_segment"})
# Of fewer persons a share says little.
_SMALLEST_SEGMENT = 20
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """To how many of `n_persons` ranked persons a rule refused one product; `n_unknown` for want of knowledge.

    Of all persons, or of one `segment`.
    """

    rule: str
    product_id: str
    n_refused: int
    n_unknown: int
    n_persons: int
    segment: str | None = None

    @property
    def share(self) -> float:
        """Refused persons among all, 0-1."""
        return self.n_refused / self.n_persons if self.n_persons else 0.0


@dataclass(frozen=True, slots=True)
class ReachWarning:
    """A rule that refuses each of these products to nearly everybody; `share` is the largest of theirs."""

    rule: str
    product_ids: tuple[str, ...]
    share: float
    message: str


def reach_warnings(reaches: Iterable[Reach], catalogue: Catalogue, max_share: float) -> list[ReachWarning]:
    """One warning per rule that refuses products to more than `max_share` of the persons, in the order of `reaches`.

    What is off sale anyway warns of nothing, and neither do rules that work like that by design.
    """
    known = list(reaches)
    off_sale = {one.product_id for one in known if one.rule == "on_sale" and one.n_refused}
    found: dict[str, list[Reach]] = {}
    for one in known:
        if one.product_id not in off_sale and one.product_id in catalogue.index and _is_too_far(one, max_share):
            found.setdefault(one.rule, []).append(one)
    return [_warning(rule, catalogue, those) for rule, those in found.items()]


def new_reach_warnings(
    before: EliminationCounts, after: EliminationCounts, catalogue: Catalogue, max_share: float
) -> list[ReachWarning]:
    """Warnings of what would go too far and does not yet: of all persons, and of segments where that is not told so."""
    known = {_place(one) for one in _reaches(before) if _is_too_far(one, max_share)}
    found = [one for one in _reaches(after) if _place(one) not in known]
    warnings = reach_warnings((one for one in found if one.segment is None), catalogue, max_share)
    told = {(one.rule, product_id) for one in warnings for product_id in one.product_ids}
    told |= {(rule, product_id) for rule, product_id, segment in known if segment is None}
    for segment in dict.fromkeys(one.segment for one in found if one.segment is not None):
        those = [one for one in found if one.segment == segment and (one.rule, one.product_id) not in told]
        warnings += reach_warnings(those, catalogue, max_share)
    return warnings


def _reaches(counts: EliminationCounts) -> Iterator[Reach]:
    """Of all persons, the most refused first, and then of every segment that has a name and enough persons."""
    refused: Counter[tuple[str, str]] = Counter()
    unknown: Counter[tuple[str, str]] = Counter()
    for one in counts:
        refused[one.rule, one.product_id] += one.n_refused
        unknown[one.rule, one.product_id] += one.n_unknown
    n_persons = sum(counts.persons.values())
    for (rule, product_id), n_refused in refused.most_common():
        yield Reach(rule, product_id, n_refused, unknown[rule, product_id], n_persons)
    for one in counts:
        n_there = counts.persons[one.segment]
        if one.segment is not None and n_there >= _SMALLEST_SEGMENT and one.rule not in _OF_SEGMENTS:
            yield Reach(one.rule, one.product_id, one.n_refused, one.n_unknown, n_there, one.segment)


def _place(one: Reach) -> tuple[str, str, str | None]:
    return one.rule, one.product_id, one.segment


def _is_too_far(one: Reach, max_share: float) -> bool:
    if one.rule in _BY_DESIGN or not one.n_persons:
        return False
    return one.n_refused == one.n_persons if one.rule in _PICKING else one.share > max_share


def _warning(rule: str, catalogue: Catalogue, reaches: Sequence[Reach]) -> ReachWarning:
    products = tuple(one.product_id for one in reaches)
    share = max(one.share for one in reaches)
    everybody = "everybody" if share == 1 else f"{share:.1%} of {reaches[0].n_persons:,} persons"
    if reaches[0].segment is not None:
        everybody += f" of the segment {reaches[0].segment}"
    named = ", ".join(products[:_SHOWN]) + (f" and {len(products) - _SHOWN} more" if len(products) > _SHOWN else "")
    first = catalogue.products[catalogue.index[products[0]]]
    return ReachWarning(rule, products, share, f"{rule} refuses {named} to {everybody}. {_look(rule, first, reaches)}")


def _look(rule: str, product: Product, reaches: Sequence[Reach]) -> str:
    """What to look at: the feed where most is unknown, else the limit."""
    if rule == UNSCORED:
        return "The model does not know it: it is offered after the next training."
    n_refused, n_unknown = sum(one.n_refused for one in reaches), sum(one.n_unknown for one in reaches)
    facts = " and ".join(BY_NAME[rule].facts) if rule in BY_NAME else ""
    if facts and 2 * n_unknown > n_refused:
        return f"Of {n_unknown / n_refused:.0%} of these {facts} is not known: see whether the feed delivers it."
    limits = " ".join(limits_of(product, rule))
    if not limits:
        return f"See what the feed says of {facts}." if facts else "This version of recsys has no such rule."
    return f"See whether the limit of {product.product_id} is meant: {limits}"
