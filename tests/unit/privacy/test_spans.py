from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recsys.privacy.spans import NUMBER, Span, merge_spans, outside_tags, replace_spans

SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 10), st.sampled_from(["PERSON", NUMBER])).map(
        lambda drawn: Span(drawn[0], drawn[0] + drawn[1], drawn[2])
    )
)


@given(SPANS)
def test_merged_spans_cover_the_same_characters_once(spans: list[Span]) -> None:
    merged = merge_spans(spans)
    covered = [index for span in merged for index in range(span.start, span.end)]
    assert covered == sorted({index for span in spans for index in range(span.start, span.end)})


def test_of_overlapping_tags_the_longest_that_says_something_stays() -> None:
    assert merge_spans([Span(0, 20, NUMBER), Span(4, 10, "PERSON"), Span(9, 12, "IBAN_CODE")]) == [
        Span(0, 20, "PERSON")
    ]


def test_spans_that_touch_stay_apart() -> None:
    assert merge_spans([Span(0, 3, "PERSON"), Span(3, 5, NUMBER)]) == [Span(0, 3, "PERSON"), Span(3, 5, NUMBER)]


def test_tags_are_never_tagged_again() -> None:
    text = "Mr <PERSON> Smith"
    spans = outside_tags(text, [Span(0, len(text), "PERSON")])
    assert replace_spans(text, merge_spans(spans)) == "<PERSON> <PERSON> <PERSON>"


def test_replacing_keeps_what_is_between() -> None:
    assert (
        replace_spans("from Ann to Bob.", [Span(5, 8, "PERSON"), Span(12, 15, "PERSON")])
        == "from <PERSON> to <PERSON>."
    )
