"""Recall, precision and coverage of found spans against labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.privacy.labelled import Label, Text
from recsys.privacy.spans import Span


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Counts over labelled texts: any overlap of a span and a label counts for both."""

    labels: int
    labels_found: int
    spans: int
    spans_right: int
    texts: int
    texts_covered: int

    @property
    def recall(self) -> float:
        """Share of direct identifiers that a span overlaps."""
        return self.labels_found / max(self.labels, 1)

    @property
    def precision(self) -> float:
        """Share of spans that overlap a direct identifier."""
        return self.spans_right / max(self.spans, 1)

    @property
    def covered(self) -> float:
        """Share of texts in which no letter or digit of a direct identifier is left."""
        return self.texts_covered / max(self.texts, 1)


def accuracy(texts: Sequence[Text], found: Sequence[Sequence[Span]]) -> Accuracy:
    """How well `found` spans meet the direct identifiers of `texts`."""
    labels = labels_found = spans_right = covered = 0
    for text, spans in zip(texts, found, strict=True):
        direct = [label for label in text.labels if label.is_direct]
        labels += len(direct)
        labels_found += sum(any(overlap(label, span) for span in spans) for label in direct)
        spans_right += sum(any(overlap(label, span) for label in direct) for span in spans)
        covered += all(is_covered(text.text, label, spans) for label in direct)
    return Accuracy(labels, labels_found, sum(map(len, found)), spans_right, len(texts), covered)


def found_of(kind: str, texts: Sequence[Text], found: Sequence[Sequence[Span]]) -> tuple[int, int]:
    """How many labels of `kind` are overlapped by a person, and how many there are."""
    labels = [(label, spans) for text, spans in zip(texts, found, strict=True) for label in text.labels]
    own = [(label, spans) for label, spans in labels if label.kind == kind]
    return sum(any(span.tag == "PERSON" and overlap(label, span) for span in spans) for label, spans in own), len(own)


def overlap(label: Label, span: Span) -> bool:
    """Whether the two share a character."""
    return label.start < span.end and span.start < label.end


def is_covered(text: str, label: Label, spans: Sequence[Span]) -> bool:
    """Whether no letter or digit of `label` lies outside `spans`."""
    return all(
        any(span.start <= place < span.end for span in spans)
        for place in range(label.start, label.end)
        if text[place].isalnum()
    )
