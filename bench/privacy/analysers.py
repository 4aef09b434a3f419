"""What is measured: Presidio as it comes, and our patterns with the language models that a bank can choose."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from bench.privacy.labelled import Text
from recsys.privacy.engines import RAMPART, SMALL, read_entities
from recsys.privacy.entities import find_entities
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.numbers import find_numbers
from recsys.privacy.persons import SMALL_MODEL
from recsys.privacy.spans import Span, merge_spans, outside_tags

Found = list[list[Span]]
Find = Callable[[Sequence[str]], Found]
PRESIDIO = "default Presidio"
PATTERNS = "patterns"

# Of what it finds by default, these do not identify anybody by themselves.
DIRECT_PRESIDIO = "default Presidio, direct identifiers"
INDIRECT = frozenset({"DATE_TIME", "LOCATION", "NRP", "ORGANIZATION"})
PARTS_OF = {DIRECT_PRESIDIO: PRESIDIO}


def presidio_as_it_comes(texts: Sequence[str]) -> Found:
    """`AnalyzerEngine` with the small spaCy model and all that it has by default, one text after another."""
    engine = default_presidio()
    return [
        [Span(result.start, result.end, result.entity_type) for result in engine.analyze(text, language="en")]
        for text in texts
    ]


@cache
def default_presidio() -> Any:
    """Presidio's analyser with the small model, loaded once."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    # Its e-mail recogniser would ask the network for a list of domains; the list that it carries does.
    tldextract.extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    configuration = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": SMALL_MODEL}]}
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=configuration).create_engine())


def by_patterns(texts: Sequence[str]) -> Found:
    """Every pattern of ours and of Presidio, without a language model."""
    found = find_entities(texts, ())
    return [[*spans, *find_numbers(text)] for text, spans in zip(texts, found, strict=True)]


PARTS: dict[str, Find] = {
    PRESIDIO: presidio_as_it_comes,
    PATTERNS: by_patterns,
    SMALL: partial(read_entities, engines=(SMALL,)),
    RAMPART: partial(read_entities, engines=(RAMPART,)),
}


@dataclass(frozen=True, slots=True)
class Readings:
    """What each part finds in `texts` by itself, and how long it takes in one process."""

    texts: Sequence[Text]
    found: dict[str, Found]
    seconds: dict[str, float]

    def together(self, parts: Sequence[str]) -> Found:
        """What `parts` find together, with overlaps resolved as the redactor does."""
        if PRESIDIO in parts:
            return self.found[PRESIDIO]
        if DIRECT_PRESIDIO in parts:
            return [[span for span in spans if span.tag not in INDIRECT] for spans in self.found[PRESIDIO]]
        columns = (self.found[part] for part in parts)
        return [
            merge_spans(outside_tags(text.text, [span for spans in row for span in spans]))
            for text, *row in zip(self.texts, *columns, strict=True)
        ]

    def texts_per_second(self, parts: Sequence[str]) -> float:
        """Texts that one process gets through."""
        return len(self.texts) / sum(self.seconds[PARTS_OF.get(part, part)] for part in parts)


def read_all(texts: Sequence[Text]) -> Readings:
    """Each part over all `texts`; loading models does not count."""
    found, seconds = {}, {}
    for part, find in PARTS.items():
        find(["Robert Johnson, 12 High Street, call 0170 1234567"])
        began = time.perf_counter()
        found[part] = find([text.text for text in texts])
        seconds[part] = time.perf_counter() - began
    return Readings(texts, found, seconds)


def known_customers(texts: Sequence[Text]) -> Found:
    """What a bank finds that knows the customers whom `texts` mention, and learns given names from them."""
    names = sorted({name for text in texts for name in text.known})
    beginnings, given_names = Beginnings(), GivenNames()
    beginnings.add([text.text for text in texts])
    known = KnownIdentities(beginnings)
    known.add("full_name", names)
    known.close()
    given_names.add(names)
    return [[*known.find(text.text), *given_names.find(text.text)] for text in texts]
