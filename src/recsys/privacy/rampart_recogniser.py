"""The ONNX network as a recogniser of Presidio: which of its labels name somebody, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from recsys.privacy.persons import is_one_word_in_capitals
from recsys.privacy.rampart import NAME, Labelled, label_texts
from recsys.privacy.spans import ADDRESS, NATIONAL_ID, NUMBER, Span

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_TAG_BY_LABEL: Mapping[str, str] = {
    NAME: "PERSON",
    "EMAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "URL": "URL",
    "TAX_ID": NATIONAL_ID,
    "GOVERNMENT_ID": NATIONAL_ID,
    "PASSPORT": NATIONAL_ID,
    "DRIVERS_LICENSE": NATIONAL_ID,
    "BANK_ACCOUNT": NUMBER,
    "ROUTING_NUMBER": NUMBER,
    "BUILDING_NUMBER": ADDRESS,
    "STREET_NAME": ADDRESS,
    "SECONDARY_ADDRESS": ADDRESS,
    "ZIP_CODE": ADDRESS,
    "CITY": ADDRESS,
    "STATE": ADDRESS,
}
# What makes an address of a place. A town, a state or a house number alone names nobody.
_STREET = frozenset({"STREET_NAME", "SECONDARY_ADDRESS"})

# The network takes misspelt words ("awhile") and abbreviations ("SWIFT") for names, but is not very sure of them.
_MIN_SCORE_OF_ODD_NAMES = 0.9

# A house number of one or two digits may be an age, and a street without a number a town or a firm.
_SURE_HOUSE = 3
_SURE_STREET = 0.8

_MAX_GAP = 3  # ", " and the like between the parts of one name or address


def read_labels(text: str, labelled: Sequence[Labelled]) -> list[tuple[Span, float]]:
    """What `labelled` words of `text` mean to us, with scores; neighbouring parts of a name or an address are one."""
    return [
        (Span(parts[0].start, parts[-1].end, _TAG_BY_LABEL[parts[0].label]), max(part.score for part in parts))
        for parts in _neighbours(text, labelled)
        if _names_somebody(text[parts[0].start : parts[-1].end], parts, is_statement=text.isupper())
    ]


@cache
def rampart_recogniser() -> EntityRecognizer:
    """The recogniser; besides Presidio's `analyze` it has `analyze_batch`, which is what is fast."""
    from presidio_analyzer import EntityRecognizer, RecognizerResult

    class RampartRecogniser(EntityRecognizer):  # type: ignore[misc]
        """Finds what the ONNX network labels."""

        def load(self) -> None:
            """Nothing: the network is loaded with the first text."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
            """Presidio's way in, for one text."""
            return [result for result in self.analyze_batch([text])[0] if result.entity_type in entities]

        def analyze_batch(self, texts: Sequence[str]) -> list[list[RecognizerResult]]:
            """Results for each of `texts`."""
            return [
                [RecognizerResult(span.tag, span.start, span.end, score) for span, score in read_labels(text, labelled)]
                for text, labelled in zip(texts, label_texts(texts), strict=True)
            ]

    return RampartRecogniser(sorted(set(_TAG_BY_LABEL.values())), name="Rampart")


def _neighbours(text: str, labelled: Sequence[Labelled]) -> Iterator[list[Labelled]]:
    """Labelled words of one kind that stand next to each other."""
    parts: list[Labelled] = []
    for found in labelled:
        tag = _TAG_BY_LABEL.get(found.label)
        if parts and (_TAG_BY_LABEL[parts[0].label] != tag or not _is_near(text, parts[-1].end, found.start)):
            yield parts
            parts = []
        if tag:
            parts.append(found)
    if parts:
        yield parts


def _names_somebody(words: str, parts: Sequence[Labelled], *, is_statement: bool) -> bool:
    tag = _TAG_BY_LABEL[parts[0].label]
    if tag == "PERSON":
        is_odd = words.islower() or is_one_word_in_capitals(words)
        return not is_odd or max(part.score for part in parts) >= _MIN_SCORE_OF_ODD_NAMES
    if tag == ADDRESS:
        return _is_address(words, parts, is_statement=is_statement)
    # Without a digit the network has mistaken a word for a number.
    return tag in ("URL", "EMAIL_ADDRESS") or any(character.isdecimal() for character in words)


def _is_address(words: str, parts: Sequence[Labelled], *, is_statement: bool) -> bool:
    """Whether `parts` are more than a town. The numbers in a statement line, beside a town or not, are of shops."""
    n_digits = sum(character.isdecimal() for character in words)
    if not n_digits:
        return any(part.label == "STREET_NAME" and part.score >= _SURE_STREET for part in parts)
    if any(part.label in _STREET for part in parts):
        return True
    return not is_statement and (n_digits >= _SURE_HOUSE or any(part.label == "ZIP_CODE" for part in parts))


def _is_near(text: str, end: int, start: int) -> bool:
    gap = text[end:start]
    return len(gap) <= _MAX_GAP and not any(character.isalnum() for character in gap)
