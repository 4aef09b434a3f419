"""How much of what people labelled as personal is found, by a bank that knows nobody. Figures: `docs/privacy.md`.

What is held here is a little below what was measured: a change for the worse is noticed, noise is not.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench.privacy.analysers import known_customers
from bench.privacy.labelled import Text, read_bank_texts, read_queries, read_synthetic
from bench.privacy.measures import accuracy

from recsys.privacy.engines import DEFAULT_NER, parse_engines
from recsys.privacy.entities import find_entities
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.numbers import find_numbers
from recsys.privacy.redaction import Redactor
from recsys.privacy.spans import Span, merge_spans, outside_tags


@pytest.fixture(scope="module")
def data() -> Path:
    folder = os.environ.get("RECSYS_PUBLIC_DATA")
    if not folder:
        pytest.skip("RECSYS_PUBLIC_DATA does not name the folder with the public data sets")
    return Path(folder)


def found_in(texts: list[Text]) -> list[list[Span]]:
    entities = find_entities([text.text for text in texts], parse_engines(DEFAULT_NER))
    return [
        merge_spans(outside_tags(text.text, [*spans, *find_numbers(text.text)]))
        for text, spans in zip(texts, entities, strict=True)
    ]


def test_direct_identifiers_in_ordinary_writing_are_found_and_little_else(data: Path) -> None:
    texts = read_synthetic(data)[:300]
    measured = accuracy(texts, found_in(texts))
    assert measured.labels > 300
    assert (measured.recall > 0.93, measured.precision > 0.93, measured.covered > 0.83) == (True, True, True), measured


def test_questions_of_customers_who_name_nobody_are_left_alone(data: Path) -> None:
    found = found_in(read_queries(data)[::13])
    assert len(found) > 1_000
    assert sum(map(bool, found)) / len(found) < 0.006
    assert sum(any(span.tag == "PERSON" for span in spans) for spans in found) / len(found) < 0.003


def test_bank_texts_are_read_in_capitals_and_in_seven_languages() -> None:
    texts = read_bank_texts()
    found = found_in(texts)
    measured = accuracy(texts, found)
    assert (len(texts), sum(not text.labels for text in texts)) == (200, 80)
    assert (measured.recall > 0.93, measured.precision > 0.75) == (True, True), measured
    known = [merge_spans([*a, *b]) for a, b in zip(found, known_customers(texts), strict=True)]
    assert accuracy(texts, known).recall > measured.recall


def test_what_is_found_is_gone_after_redaction() -> None:
    texts = [text.text for text in read_bank_texts()]
    redactor = Redactor(KnownIdentities(Beginnings()), GivenNames())
    redactor.survey(texts)
    redactor.analyse(workers=1)
    for text, redacted, spans in zip(texts, redactor.redact(texts), found_in(read_bank_texts()), strict=True):
        assert all(f"<{span.tag}>" in redacted for span in spans), text
