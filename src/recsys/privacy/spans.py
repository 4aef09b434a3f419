"""Places in a text that hold something personal, and how they are replaced by tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

# The least telling tag: a long number of which nobody knows the meaning. Any other tag wins over it.
NUMBER = "NUMBER"
NATIONAL_ID = "NATIONAL_ID"
ADDRESS = "STREET_ADDRESS"

# How a tag looks in a redacted text.
TAG = re.compile(r"<[A-Z_]+>")


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text, and the kind of personal value that they are."""

    start: int
    end: int
    tag: str


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, without overlap, that cover exactly what `spans` cover together.

    Overlapping spans become one, so that no rest of a personal value stays; it takes the tag of the longest of them
    that says more than `NUMBER`.
    """
    merged: list[list[Span]] = []
    for span in sorted(spans):
        if merged and span.start < max(member.end for member in merged[-1]):
            merged[-1].append(span)
        else:
            merged.append([span])
    return [
        Span(min(s.start for s in group), max(s.end for s in group), max(group, key=_telling).tag) for group in merged
    ]


def outside_tags(text: str, spans: Iterable[Span]) -> list[Span]:
    """`spans` cut to what is not already a tag in `text`; white space at their ends is left out."""
    tags = [match.span() for match in TAG.finditer(text)]
    return [piece for span in spans for piece in _pieces(text, span, tags)]


def replace_spans(text: str, spans: Sequence[Span]) -> str:
    """`text` with each of `spans`, which must be in order and not overlap, replaced by its tag.

    Presidio's anonymiser replaces, and makes one tag of two neighbours of the same kind.
    """
    if not spans:
        return text
    engine, result = _anonymiser()
    return str(engine.anonymize(text, [result(span.tag, span.start, span.end, 1.0) for span in spans]).text)


@cache
def _anonymiser() -> tuple[Any, Any]:
    from presidio_anonymizer import AnonymizerEngine
    from presidio_anonymizer.entities import RecognizerResult

    return AnonymizerEngine(), RecognizerResult


def _telling(span: Span) -> tuple[bool, int]:
    return span.tag != NUMBER, span.end - span.start


def _pieces(text: str, span: Span, tags: list[tuple[int, int]]) -> Iterable[Span]:
    position = span.start
    for start, end in [*tags, (span.end, span.end)]:
        piece = text[position : max(position, min(start, span.end))]
        if any(character.isalnum() for character in piece):
            lead = len(piece) - len(piece.lstrip())
            yield Span(position + lead, position + len(piece.rstrip()), span.tag)
        position = max(position, end)
