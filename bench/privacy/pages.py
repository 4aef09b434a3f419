"""The tables of `docs/privacy.md`, each figure next to its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.markers import table, with_verdict
from bench.privacy.analysers import DIRECT_PRESIDIO, PATTERNS, PRESIDIO, Readings, known_customers
from bench.privacy.labelled import Text
from bench.privacy.masking import Moved
from bench.privacy.measures import accuracy, found_of
from recsys.privacy.engines import DEFAULT_NER, RAMPART, SMALL
from recsys.privacy.spans import merge_spans

ROWS: Mapping[str, tuple[str, ...]] = {
    "default Presidio": (PRESIDIO,),
    "default Presidio without dates, places and groups": (DIRECT_PRESIDIO,),
    "patterns alone": (PATTERNS,),
    "patterns + small spaCy": (PATTERNS, SMALL),
    "patterns + ONNX": (PATTERNS, RAMPART),
    "patterns + small spaCy + ONNX": (PATTERNS, SMALL, RAMPART),
}
DEFAULT = (PATTERNS, *DEFAULT_NER.split("+"))
MIN_RECALL, MIN_PRECISION, MAX_HIT, MAX_PERSON = 0.95, 0.95, 0.01, 0.003


def synthetic(readings: Readings) -> str:
    """Direct identifiers of the synthetic texts."""
    rows = [["target", "0.950", "0.950", "", ""]]
    for name, parts in ROWS.items():
        a = accuracy(readings.texts, readings.together(parts))
        rows.append(
            [
                _name(name, parts),
                _at_least(a.recall, MIN_RECALL),
                _at_least(a.precision, MIN_PRECISION),
                f"{a.covered:.0%}",
                f"{readings.texts_per_second(parts):,.0f}",
            ]
        )
    return table(["", "recall", "precision", "texts fully covered", "texts/s, one process"], rows)


def queries(readings: Readings) -> str:
    """Queries that hold next to nothing personal."""
    rows = [["target", f"{MAX_HIT:.2%}", f"{MAX_PERSON:.2%}", ""]]
    for name, parts in ROWS.items():
        found = readings.together(parts)
        hit = sum(bool(spans) for spans in found) / len(found)
        person = sum(any(span.tag == "PERSON" for span in spans) for spans in found) / len(found)
        rows.append(
            [
                _name(name, parts),
                _at_most(hit, MAX_HIT),
                _at_most(person, MAX_PERSON),
                f"{readings.texts_per_second(parts):,.0f}",
            ]
        )
    return table(["", "queries with any hit", "with a person", "texts/s, one process"], rows)


def filings(readings: Readings) -> str:
    """Persons in contracts, with and without the parties that are tagged as persons."""
    rows = []
    for name, parts in ROWS.items():
        found = readings.together(parts)
        (persons, n_persons), (roles, n_roles) = (found_of(kind, readings.texts, found) for kind in ("PERSON", "ROLE"))
        rows.append(
            [
                _name(name, parts),
                f"{persons / n_persons:.3f} ({persons} of {n_persons})",
                f"{(persons + roles) / (n_persons + n_roles):.3f} ({persons + roles} of {n_persons + n_roles})",
            ]
        )
    return table(["", "persons with names", "with `Lender` and `Borrower`, as tagged"], rows)


def bank(readings: Readings) -> str:
    """Our own bank texts, without and with what the bank knows."""
    rows = [_bank_row(_name(name, parts), readings.texts, readings.together(parts)) for name, parts in ROWS.items()]
    both = [
        merge_spans([*known, *spans])
        for known, spans in zip(known_customers(readings.texts), readings.together(DEFAULT), strict=True)
    ]
    rows.append(_bank_row("the default, the row's customers known", readings.texts, both))
    head = ["", "recall", "precision", "labelled texts fully covered", "persons, lines in capitals"]
    return table([*head, "texts with nothing personal that are hit"], rows)


def moved(figures: Moved) -> str:
    """What masking digits moves, in a sentence."""

    def share(part: int, whole: int) -> str:
        return f"{part:,} of {whole:,} ({part / max(whole, 1):.1%})"

    return (
        f"Spans of texts with digits differ in {share(figures.texts_moved, figures.texts)} texts once all "
        "digits are 0. Masked reading alone would lose, wholly or in part, "
        f"{share(figures.lost_by_mask, figures.spans)} spans; read also with the digits of another text of the "
        f"same shape, {share(figures.lost_by_both, figures.spans)}. "
        "A text whose shape nobody shares is read as it stands and loses none."
    )


def _bank_row(name: str, texts: Sequence[Text], found: Sequence[Sequence[object]]) -> list[str]:
    pairs = list(zip(texts, found, strict=True))
    labelled = [(text, spans) for text, spans in pairs if text.labels]
    empty = [spans for text, spans in pairs if not text.labels]
    a, covered = accuracy(*zip(*pairs, strict=True)), accuracy(*zip(*labelled, strict=True)).covered
    upper = [(text, spans) for text, spans in labelled if sum(map(str.islower, text.text)) == 0]
    persons, n_persons = found_of("PERSON", *zip(*upper, strict=True))
    return [
        name,
        f"{a.recall:.3f}",
        f"{a.precision:.3f}",
        f"{covered:.0%}",
        f"{persons / n_persons:.3f}",
        f"{sum(map(bool, empty))} of {len(empty)}",
    ]


def _name(name: str, parts: tuple[str, ...]) -> str:
    return f"**{name}** (the default)" if parts == DEFAULT else name


def _at_least(value: float, target: float) -> str:
    return with_verdict(f"{value:.3f}", is_met=value >= target)


def _at_most(value: float, target: float) -> str:
    return with_verdict(f"{value:.2%}", is_met=value <= target)
