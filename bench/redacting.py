"""Texts per second of redacting them, next to Presidio's analyser and anonymiser over one text after another.

python -m bench.redacting --texts 50000 --out redacting.json
"""

from __future__ import annotations

import itertools
import os
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import command
from bench.markers import with_verdict
from bench.privacy.analysers import default_presidio
from bench.privacy.labelled import read_bank_texts, read_queries
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.redaction import Redactor

WORKERS = 2
NAIVE_SAMPLE = 400
TARGETS = {"statement lines": 20, "short distinct texts": 4}
_TOWNS = ("BERLIN", "LEEDS", "NANTES", "SEVILLA", "LODZ", "TORINO", "UTRECHT", "GRAZ", "BASEL", "OSLO", "CORK", "PORTO")


def statement_lines(n_texts: int) -> list[str]:
    """Distinct lines in capitals: some thirteen hundred templates, with other numbers in each line."""
    rng = random.Random(7)
    lines = [text.text for text in read_bank_texts() if text.text.isupper()]
    templates = [f"{line} {town} 00/00 00:00 0000" for line, town in itertools.product(lines, _TOWNS)]
    return [re.sub(r"\d", lambda _: str(rng.randrange(10)), rng.choice(templates)) for _ in range(n_texts)]


def short_texts(n_texts: int) -> list[str]:
    """Distinct queries of customers; none where the public data sets are missing."""
    folder = os.environ.get("RECSYS_PUBLIC_DATA")
    return list(dict.fromkeys(text.text for text in read_queries(Path(folder))))[:n_texts] if folder else []


def ours(texts: Sequence[str]) -> float:
    """Texts per second, with starting the worker processes and loading their models."""
    began = time.perf_counter()
    redactor = Redactor(KnownIdentities(Beginnings()), GivenNames())
    redactor.survey(texts)
    redactor.analyse(WORKERS)
    redactor.redact(texts)
    return len(texts) / (time.perf_counter() - began)


def naive(texts: Sequence[str]) -> float:
    """Texts per second of default Presidio, one after another, on a sample, without loading it."""
    from presidio_anonymizer import AnonymizerEngine

    analyser, anonymiser = default_presidio(), AnonymizerEngine()
    sample = random.Random(7).sample(list(texts), min(NAIVE_SAMPLE, len(texts)))
    analyser.analyze("Warm up.", language="en")
    began = time.perf_counter()
    for text in sample:
        anonymiser.anonymize(text, analyser.analyze(text, language="en"))
    return len(sample) / (time.perf_counter() - began)


def measure(n_texts: int) -> dict[str, Any]:
    """Both kinds of text in both ways."""
    kinds = {"statement lines": statement_lines(n_texts), "short distinct texts": short_texts(n_texts)}
    return {
        name: {"texts": len(texts), "ours": round(ours(texts)), "naive": round(naive(texts))}
        for name, texts in kinds.items()
        if texts
    }


def part_rows(measured: dict[str, Any]) -> list[list[str]]:
    """Lines for the table of parts with a target."""
    return [
        [
            f"redacting {name}, texts/s",
            with_verdict(
                f"{rates['ours']:,} ({rates['ours'] / rates['naive']:.0f} times)",
                is_met=rates["ours"] >= TARGETS[name] * rates["naive"],
            ),
            f"{TARGETS[name]} times",
            f"default Presidio, one text after another: {rates['naive']:,}",
        ]
        for name, rates in measured.items()
    ]


if __name__ == "__main__":
    command.run(measure, __doc__, "texts", 50_000)
