"""How far a rule reaches: which rules leave a product to nobody, or almost nobody, and what to look at then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.ranking.catalogue import Catalogue, Product
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.limit_words import limits_of
from recsys.ranking.rules.registry import BY_NAME

# What is off sale is off sale for everybody, and a product that nearly everybody holds is a success.
_BY_DESIGN = frozenset({"on_sale", "already_held"})
# These pick out the few whom a product is made for; a few is well, and nobody is a mistake.
_PICKING = frozenset({"requires", "target_segment", UNSCORED})
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """To how many of `n_persons` ranked persons a rule refused one product; `n_unknown` for want of knowledge."""

    rule: str
    product_id: str
    n_refused: int
    n_unknown: int
    n_persons: int

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


def _is_too_far(one: Reach, max_share: float) -> bool:
    if one.rule in _BY_DESIGN or not one.n_persons:
        return False
    return one.n_refused == one.n_persons if one.rule in _PICKING else one.share > max_share


def _warning(rule: str, catalogue: Catalogue, reaches: Sequence[Reach]) -> ReachWarning:
    products = tuple(one.product_id for one in reaches)
    share = max(one.share for one in reaches)
    everybody = "everybody" if share == 1 else f"{share:.1%} of {reaches[0].n_persons:,} persons"
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
