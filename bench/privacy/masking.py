"""How many spans move when digits are masked, and how many are lost by reading one text for all texts of its shape."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench.privacy.labelled import Label, Text
from bench.privacy.measures import is_covered
from recsys.privacy.engines import DEFAULT_NER, parse_engines
from recsys.privacy.entities import find_entities
from recsys.privacy.numbers import find_numbers
from recsys.privacy.spans import Span, merge_spans, outside_tags

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Moved:
    """Texts with digits; in how many of them masking moves a span; spans, and how many are lost in each way."""

    texts: int
    texts_moved: int
    spans: int
    lost_by_mask: int
    lost_by_both: int


def measure(texts: Sequence[Text], seed: int = 7) -> Moved:
    """Read each text with digits as it stands, with its digits masked, and with other digits in their place."""
    rng = random.Random(seed)
    plain = [text.text for text in texts if _DIGIT.search(text.text)]
    masked = [_DIGIT.sub("0", text) for text in plain]
    others = [_DIGIT.sub(lambda _: str(rng.randrange(10)), text) for text in plain]
    own, by_mask, by_other = (_read(readings, plain) for readings in (plain, masked, others))
    both = [[*a, *b] for a, b in zip(by_mask, by_other, strict=True)]
    return Moved(
        len(plain),
        sum(a != b for a, b in zip(own, by_mask, strict=True)),
        sum(map(len, own)),
        _lost(plain, own, by_mask),
        _lost(plain, own, both),
    )


def _read(readings: Sequence[str], texts: Sequence[str]) -> list[list[Span]]:
    """What is found in `readings` of `texts`; numbers are looked for in the text itself, as the redactor does."""
    found = find_entities(readings, parse_engines(DEFAULT_NER))
    return [
        merge_spans(outside_tags(text, [*spans, *find_numbers(text)])) for text, spans in zip(texts, found, strict=True)
    ]


def _lost(texts: Sequence[str], own: Sequence[Sequence[Span]], other: Sequence[Sequence[Span]]) -> int:
    """Spans of `own` of which a letter or digit lies outside `other`."""
    return sum(
        not is_covered(text, Label(*span), spans)
        for text, wanted, spans in zip(texts, own, other, strict=True)
        for span in wanted
    )
