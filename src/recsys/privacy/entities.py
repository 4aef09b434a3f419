"""What is read out of a text without knowing the bank's customers: patterns and language models, together."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.privacy.address_patterns import form_recognisers
from recsys.privacy.engines import read_entities
from recsys.privacy.name_patterns import name_recogniser
from recsys.privacy.spans import ADDRESS, NATIONAL_ID, NUMBER, Span

# Every tag that `find_entities` may give.
ENTITY_TAGS: frozenset[str] = frozenset(
    {"PERSON", ADDRESS, "URL", NATIONAL_ID, NUMBER, "EMAIL_ADDRESS", "PHONE_NUMBER"}
)


def find_entities(texts: Sequence[str], engines: Sequence[str]) -> list[list[Span]]:
    """For each text who is named in it and by which address or number; spans may overlap."""
    found = [_match_patterns(text) for text in texts]
    for spans, more in zip(found, read_entities(texts, engines), strict=True):
        spans += more
    return found


def _match_patterns(text: str) -> list[Span]:
    return [
        Span(result.start, result.end, result.entity_type)
        for recogniser in (name_recogniser(), *form_recognisers())
        for result in recogniser.analyze(text, recogniser.supported_entities, None) or ()
    ]
