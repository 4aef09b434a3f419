"""What the noted details of a step tell people who follow a run, beside rows and seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def step_notes(details: Mapping[str, Any]) -> Iterator[str]:
    """Sentences; commands in them stand in backticks."""
    if "candidates" in details:
        yield f"`recsys models show {details['mlflow_run_id'][:8]}` shows them, and why one was chosen"
    offers: Mapping[str, int] = details.get("offers", {})
    if n_without := offers.get("persons_without", 0):
        yield f"{n_without:,} persons have no permitted product{_unknown(offers['persons_without_unknown'])}"


def _unknown(n_persons: int) -> str:
    if not n_persons:
        return ""
    return (
        f"; of {n_persons:,} of them birth year or country is not known: not delivered, or blanked because too few "
        "share it (RECSYS_K_ANONYMITY), and rules say no to what is unknown"
    )
