"""What speaks for a product, as facts; the words for it are a language's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from recsys.features.attributes import SHARE_PREFIX, AttributeKind, Unit
from recsys.features.encoder import CustomerEncoder
from recsys.features.vocabulary import REST, Vocabulary

HOLDS, SPENDING, MEANT = "holds", "spending", "meant"
UNPROFILED = "unprofiled"
DECLARED, FLAG = "declared", "flag"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is recommended.

    `code` is stable, such as `annual_income:40000-55000`. `topic` is the attribute, or `holds`, `spending`, `declared`
    and `flag` (a bank's own columns), `meant`, or what fits anybody. `value` is a label, a level, a product's name, a
    spending category, a need. Of a band, `low` (inclusive) and `high` (exclusive) are its edges, None: open; `above`:
    the share of bands below it, which have about equally many customers each. `label` is what a bank's own column is
    called before customers.
    """

    code: str
    topic: str
    value: str = ""
    low: float | None = None
    high: float | None = None
    above: float = 0.0
    unit: Unit = ""
    currency: str = ""
    label: str = ""

    @property
    def is_band(self) -> bool:
        """Whether it says between which two numbers a number lies."""
        return self.low is not None or self.high is not None


POPULAR = Reason("popular", "popular")
# What can always be said of a product that the rules let through.
AVAILABLE = Reason("available", "available")


def reasons_of(encoder: CustomerEncoder, product_names: Sequence[str], currency: str) -> tuple[Reason, ...]:
    """One reason for each feature in the encoder's order, and one for each product held."""
    of_features = (reason for vocabulary in encoder.vocabularies for reason in _of_vocabulary(vocabulary, currency))
    of_products = (
        Reason(f"holds:{product_id}", HOLDS, name)
        for product_id, name in zip(encoder.product_ids, product_names, strict=True)
    )
    return (*of_features, *of_products)


def unprofiled(reason: Reason) -> Reason:
    """The same, told to somebody who is not profiled: a code of its own, by which a run proves that nobody was."""
    return replace(reason, code=f"{UNPROFILED}:{reason.code}")


def meant_for(need: str) -> Reason:
    """That a product is for a need."""
    return Reason(f"{MEANT}:{need}", MEANT, need)


def _of_vocabulary(vocabulary: Vocabulary, currency: str) -> Iterator[Reason]:
    attribute = vocabulary.attribute
    for number, code in enumerate(vocabulary.names()):
        name = f"{attribute.name}:{code}"
        if attribute.kind is AttributeKind.BAND:
            low, high = vocabulary.band(number)
            above = number / len(vocabulary)
            topic, value = _topic(attribute.name)
            yield Reason(name, topic, value, low, high, above, attribute.unit, currency, attribute.label)
        elif "." in attribute.name:
            # What too few customers share has no name, and "no" says what somebody is not.
            is_named = code != ("no" if attribute.is_flag else REST)
            topic = FLAG if attribute.is_flag and is_named else DECLARED
            yield Reason(name, topic, code if is_named else "", label=attribute.label)
        else:
            yield Reason(name, attribute.name, code)


def _topic(name: str) -> tuple[str, str]:
    if name.startswith(SHARE_PREFIX):
        return SPENDING, name.removeprefix(SHARE_PREFIX)
    # A bank's own column is called by its table and its name.
    return (DECLARED, "") if "." in name else (name, "")
