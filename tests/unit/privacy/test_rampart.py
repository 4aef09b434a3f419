from __future__ import annotations

import socket
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.privacy.rampart import OVERLAP_TOKENS, WINDOW_TOKENS, Labelled, join_words, label_texts, plan_windows
from recsys.privacy.rampart_recogniser import rampart_recogniser, read_labels
from recsys.privacy.spans import ADDRESS, Span


@given(st.integers(0, 900), st.integers(1, 5))
def test_windows_cover_every_token_overlap_and_begin_with_a_word(n_tokens: int, tokens_per_word: int) -> None:
    word_ids = [token // tokens_per_word for token in range(n_tokens)]
    windows = plan_windows(word_ids)
    assert sorted({token for first, last in windows for token in range(first, last)}) == list(range(n_tokens))
    assert all(last - first <= WINDOW_TOKENS for first, last in windows)
    assert all(first == 0 or word_ids[first] != word_ids[first - 1] for first, _ in windows)
    assert all(before[1] - after[0] >= OVERLAP_TOKENS for before, after in pairwise(windows))


def test_a_word_longer_than_a_window_is_read_all_the_same() -> None:
    assert [last for _, last in plan_windows([0] * 300)][-1] == 300


def test_words_of_one_label_with_only_white_space_between_are_one() -> None:
    text = "Ann  Lee, Bob"
    words = [Labelled(0, 3, "NAME", 0.6), Labelled(5, 8, "NAME", 0.9), Labelled(10, 13, "NAME", 0.7)]
    assert join_words(text, words) == [Labelled(0, 8, "NAME", 0.9), Labelled(10, 13, "NAME", 0.7)]


def test_name_is_found_wherever_it_stands_in_a_long_text() -> None:
    filler = "The new terms of the savings plan were explained and a leaflet was handed over. "
    for before in (0, 3, 8, 20):
        text = filler * before + "Then Jessica Thompson signed the form. " + filler * 12
        [spans] = [read_labels(text, labelled) for labelled in label_texts([text])]
        assert [text[span.start : span.end] for span, _ in spans] == ["Jessica Thompson"]


def test_batches_change_nothing() -> None:
    texts = ["Call Maria Sanchez", "", "Write to Tom Becker at 12 High Street, Leeds, please, he waits.", "ok", "ÄÖÜ ß"]
    alone = [label_texts([text])[0] for text in texts]
    for one, batched in zip(alone, label_texts(texts), strict=True):
        assert [found[:3] for found in one] == [found[:3] for found in batched]
        assert np.allclose([found.score for found in one], [found.score for found in batched], atol=1e-3)


@pytest.mark.parametrize(
    ("text", "labelled", "spans"),
    [
        ("Ann Lee", [Labelled(0, 3, "NAME", 0.9), Labelled(4, 7, "NAME", 0.9)], [Span(0, 7, "PERSON")]),
        ("in Leeds", [Labelled(3, 8, "CITY", 0.9)], []),
        ("aged 47", [Labelled(5, 7, "BUILDING_NUMBER", 0.9)], []),
        ("not awhile", [Labelled(4, 10, "NAME", 0.6)], []),
        ("by SWIFT", [Labelled(3, 8, "NAME", 0.6)], []),
        ("hi anna", [Labelled(3, 7, "NAME", 0.95)], [Span(3, 7, "PERSON")]),
        ("call me", [Labelled(0, 4, "PHONE", 0.9)], []),
        (
            "5 Mill Rd, Leeds",
            [Labelled(0, 1, "BUILDING_NUMBER", 1), Labelled(2, 9, "STREET_NAME", 1), Labelled(11, 16, "CITY", 1)],
            [Span(0, 16, ADDRESS)],
        ),
    ],
)
def test_labels_that_name_somebody_become_spans(text: str, labelled: list[Labelled], spans: list[Span]) -> None:
    assert [span for span, _ in read_labels(text, labelled)] == spans


def test_recogniser_answers_presidio_with_the_entities_that_it_asks_for() -> None:
    text = "Robert Johnson, robert.johnson@example.org"
    recogniser = rampart_recogniser()
    assert {result.entity_type for result in recogniser.analyze(text, recogniser.supported_entities)} == {
        "PERSON",
        "EMAIL_ADDRESS",
    }
    assert [result.entity_type for result in recogniser.analyze(text, ["PERSON"])] == ["PERSON"]


def test_nothing_phones_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert label_texts(["Robert Johnson called"])[0]
