"""Texts in which people have labelled what is personal, and texts that hold next to nothing personal."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What identifies somebody by itself. Titles, nationalities, organisations, ages, dates, towns and countries do not.
DIRECT = frozenset(
    {"PERSON", "STREET_ADDRESS", "ZIP_CODE", "CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "DOMAIN_NAME", "IBAN_CODE"}
    | {"US_SSN", "US_DRIVER_LICENSE", "IP_ADDRESS", "NATIONAL_ID", "NUMBER", "URL"}
)
BANK_TEXTS = Path(__file__).with_name("bank_texts.txt")
_LABEL = re.compile(r"\[([A-Z_]+):([^\]|]+)(?:\|([^\]]+))?\]")
# Parts that the contracts give to either side in the filings; they are tagged as persons there.
_ROLES = frozenset({"lender", "borrower"})


@dataclass(frozen=True, slots=True)
class Label:
    """Characters `start` to `end` (exclusive) of a text, and what they are."""

    start: int
    end: int
    kind: str

    @property
    def is_direct(self) -> bool:
        """Whether this identifies somebody by itself."""
        return self.kind in DIRECT


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its labels; `known` are names of customers that it mentions, as the bank writes them."""

    text: str
    labels: tuple[Label, ...] = ()
    known: tuple[str, ...] = ()


def read_synthetic(data: Path) -> list[Text]:
    """`pii-synthetic/synth_dataset_v2.json`."""
    rows = json.loads((data / "pii-synthetic" / "synth_dataset_v2.json").read_text())
    return [
        Text(
            row["full_text"],
            tuple(Label(s["start_position"], s["end_position"], s["entity_type"]) for s in row["spans"]),
        )
        for row in rows
    ]


def read_queries(data: Path) -> list[Text]:
    """All queries of Banking77."""
    texts = []
    for name in ("train.csv", "test.csv"):
        with (data / "banking77" / name).open(newline="") as file:
            texts += [Text(row["text"]) for row in csv.DictReader(file)]
    return texts


def read_filings(data: Path) -> list[Text]:
    """Sentences of `pii-sec-filings/FIN3.txt` with their persons; `ROLE` are the parties of a contract."""
    lines = (data / "pii-sec-filings" / "FIN3.txt").read_text().splitlines()
    return [_sentence(tokens) for tokens in _sentences(lines)]


def read_bank_texts() -> list[Text]:
    """Our own bank texts: see the head of the file."""
    lines = BANK_TEXTS.read_text().splitlines()
    return [_bank_text(line.replace("\\n", "\n")) for line in lines if line and not line.startswith("#")]


def _bank_text(line: str) -> Text:
    text, position, labels, known = "", 0, [], []
    for match in _LABEL.finditer(line):
        text += line[position : match.start()]
        labels.append(Label(len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        position = match.end()
        known += [match[3]] if match[3] else []
    return Text(text + line[position:], tuple(labels), tuple(known))


def _sentences(lines: list[str]) -> Iterator[list[tuple[str, str]]]:
    tokens: list[tuple[str, str]] = []
    for line in [*lines, ""]:
        fields = line.split()
        if len(fields) == 4 and fields[0] != "-DOCSTART-":
            tokens.append((fields[0], fields[3]))
        elif tokens:
            yield tokens
            tokens = []


def _sentence(tokens: list[tuple[str, str]]) -> Text:
    text, labels, last = "", [], ""
    for word, tag in tokens:
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        if tag == "I-PER" and last == tag:
            labels[-1] = Label(labels[-1].start, len(text), labels[-1].kind)
        elif tag == "I-PER":
            labels.append(Label(start, len(text), "ROLE" if word.lower() in _ROLES else "PERSON"))
        last = tag
    return Text(text, tuple(labels))
