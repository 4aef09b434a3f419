from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.texts import standard_texts

CHANGED = [
    ("CafÃ© de Flore", "Café de Flore"),
    ("MÃƒÂ¼ller", "Müller"),
    ("10 â‚¬", "10 €"),
    ("Cafe\u0301", "Café"),
    ("sales\u200bperson", "salesperson"),
    ("\ufeffnurse", "nurse"),
    ("nurse\u0007", "nurse"),
    ("  nurse ", "nurse"),
    ("two\u00a0 words", "two words"),
    ("first line \r\n\r\n second\tline", "first line\nsecond line"),
    ("Peek &amp; Cloppenburg", "Peek & Cloppenburg"),
    ("K&ouml;ln", "Köln"),
    (" \t ", ""),
]
SAME = [
    "first\nsecond",
    "H&M",
    "AT&T; Co",
    "Zoë Müller",
    "Café – Zürich",
    "Żabka",
    "ΔΕΗ",
    "三菱",
    "10 €",
    "a|b",
    "ßß",
    "",
    None,
]


@pytest.mark.parametrize(("found", "expected"), CHANGED)
def test_what_nobody_typed_is_taken_out_of_a_text(found: str, expected: str) -> None:
    assert standard_texts(pa.array([found, "beside"])).to_pylist() == [expected, "beside"]


@pytest.mark.parametrize("text", SAME)
def test_text_that_is_meant_stays(text: str | None) -> None:
    assert standard_texts(pa.array([text], pa.string())).to_pylist() == [text]


def test_values_of_a_slice_are_told_apart() -> None:
    column = pa.array([" before ", "a", None, " b ", "", "c  d", " after "]).slice(1, 5)
    assert standard_texts(column).to_pylist() == ["a", None, "b", "", "c d"]


def test_column_without_anything_to_change_is_handed_back_as_it_is() -> None:
    column = pa.array(["groceries", "Zürich", None])
    assert standard_texts(column) is column
