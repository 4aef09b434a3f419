from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from recsys.privacy.typos import MIN_LENGTH, NearWords


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("smith", ("smit", "smitth", "smyth", "smiht")),
        ("mary", ("may", "many")),
        ("schmidt", ()),
        ("may", ()),  # too short to be mistyped
    ],
)
def test_words_of_the_texts_one_error_away_are_found(word: str, found: tuple[str, ...]) -> None:
    words = NearWords(["smith", "smit", "smitth", "smyth", "smiht", "smyht", "mary", "may", "many", "ray"])
    assert words.near(word) == tuple(sorted(found))


def test_without_texts_no_word_is_near() -> None:
    assert NearWords([]).near("smith") == ()


WORDS = st.text("abc", min_size=1, max_size=7)


@given(st.sets(WORDS, max_size=30), WORDS)
def test_exactly_the_words_one_edit_away_are_found(words: set[str], word: str) -> None:
    near = {other for other in words if OSA.distance(word, other) == 1 and len(other) >= MIN_LENGTH - 1}
    assert set(NearWords(words).near(word)) == (near if len(word) >= MIN_LENGTH else set())
