"""Looking for personal data where none belongs: by what the bank knows of its customers, and by form.

Tables, logs and artifacts are full of numbers and names of machines. They are cut into fragments at what only machines
write, and a known value that is only digits must be written as people write numbers, so that a clean installation
yields nothing (`tests/unit/privacy/test_scanning.py` has hits and near misses).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from recsys.privacy.folding import WORD, fold
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.numbers import find_numbers

Certainty: TypeAlias = Literal["known", "recognised", "unsealed"]

# Forms with a checksum or a shape that nothing else has. A long number, a network address or what may be a national
# id of some country is found in every log.
TELLING_FORMS = frozenset({"EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD"})
UNSEALED = "UNSEALED"

# What machines write, and what separates values in JSON, HTML and tables.
_MACHINE = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\d(?:[T_ ]\d\d[:_]?\d\d(?:[:_]?\d\d)?)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{8}T\d{6}(?:\.\d+)?Z?"
    r"|\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?"
    r"|[+-]?\d+\.\d+(?:[eE][+-]?\d+)?(?![.\d])"
    r"|(?<![0-9a-zA-Z])(?=\d*[a-f])[0-9a-f]{16,}(?![0-9a-zA-Z])"
    r"|[\n\r\t\"{}\[\]<>|;\x00\\]+"
)
_NUMBER = re.compile(r"[+(]{0,2}\d+(?:[ ()./-]{1,2}\d+){0,7}")
_LEAST_DIGITS = 9
# Short names turn up in compressed bytes by chance: one in 60 MB for 20,000 customers. Each further letter is a hundred
# times rarer.
_LEAST_IN_NOISE = 8
# Columns that hold numbers and names of the pipeline's own.
_OWN_IDS = ("_id", "_ids", "_key", "_keys", "_hash", "_version")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that stand in one column of one place; a text may come more than once.

    Where `must_be_sealed` they are what could be read although it should not, and each of them is a finding. Those that
    are `is_noise` are bytes of something that is no text, in which every form and every short name turns up by chance.
    """

    place: str
    column: str
    values: Sequence[str]
    must_be_sealed: bool = False
    is_noise: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something personal where none belongs: in how many texts of a column, of what kind, and how sure. No value."""

    place: str
    column: str
    kind: str
    certainty: Certainty
    n_texts: int


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What was looked through and what was found."""

    n_places: int
    n_texts: int
    n_customers: int
    findings: tuple[Finding, ...]


def scan(read_texts: Callable[[], Iterable[Texts]], identities: Iterable[tuple[str, Sequence[str]]]) -> ScanResult:
    """Look for customers and telling forms in all texts, which are asked for twice.

    `identities` are values of the customers' columns, by column (see `spellings`); only those that some text may hold
    are kept in memory.
    """
    beginnings = Beginnings()
    for texts in read_texts():
        beginnings.add(fragment for value in set(texts.values) for fragment in fragments(value))
    known = KnownIdentities(beginnings)
    n_customers = 0
    for column, values in identities:
        n_customers += len(values) if column == "customer_id" else 0
        known.add(column, [value for value in values if is_telling(column, value)])
    known.close()
    return _look(read_texts(), known, n_customers)


def fragments(text: str) -> Iterator[str]:
    """The parts of `text` in which a person may be named."""
    yield from (part for part in _MACHINE.split(text) if part and len(part.strip()) > 3)


def is_telling(column: str, value: str) -> bool:
    """Whether finding `value` means a customer: "Mark" or "10115" mean all sorts of things."""
    if column == "full_name":
        return len(WORD.findall(value)) > 1
    folded = fold(value)
    return not folded.isdecimal() or len(folded) >= _LEAST_DIGITS


def kinds_in(
    text: str, known: KnownIdentities, *, by_form: bool = True, least_length: int = 1
) -> set[tuple[str, Certainty]]:
    """The kinds of personal data that `text` holds; without `by_form` only what customers are known by, which must
    have `least_length` letters and digits.
    """
    found: set[tuple[str, Certainty]] = set()
    for fragment in fragments(text):
        spans = [span for span in known.find(fragment) if _is_meant(fragment[span.start : span.end], least_length)]
        found |= {(span.tag, "known") for span in spans}
        if by_form and not spans:
            tags = {span.tag for span in find_numbers(fragment)} & TELLING_FORMS
            found |= {(tag, "recognised") for tag in tags}
    return found


def _look(batches: Iterable[Texts], known: KnownIdentities, n_customers: int) -> ScanResult:
    counts: Counter[tuple[str, str, str, Certainty]] = Counter()
    places: set[str] = set()
    n_texts = 0
    for texts in batches:
        places.add(texts.place)
        n_texts += len(texts.values)
        if texts.must_be_sealed:
            counts[texts.place, texts.column, UNSEALED, "unsealed"] += len(texts.values)
            continue
        by_form = not texts.is_noise and not texts.column.endswith(_OWN_IDS)
        least_length = _LEAST_IN_NOISE if texts.is_noise else 1
        for value, n_times in Counter(texts.values).items():
            for kind, certainty in kinds_in(value, known, by_form=by_form, least_length=least_length):
                counts[texts.place, texts.column, kind, certainty] += n_times
    found = (Finding(*where, n_texts=n) for where, n in sorted(counts.items()) if n)
    return ScanResult(len(places), n_texts, n_customers, tuple(found))


def _is_meant(text: str, least_length: int) -> bool:
    """Whether it is long enough, and digits alone are written as people write them."""
    folded = fold(text)
    if len(folded) < least_length:
        return False
    return not folded.isdecimal() or (len(folded) >= _LEAST_DIGITS and _NUMBER.fullmatch(text) is not None)
