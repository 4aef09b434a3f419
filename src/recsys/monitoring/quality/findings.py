"""What somebody should know of a load first: sentences, the gravest first, and one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from recsys.monitoring.drift import ColumnDrift, Word

# A distance below the first limit of either measure is not why a column shifted.
_NOTEWORTHY = 0.1
# Shares of a table's rows in quarantine.
_MANY_REJECTED, _TOO_MANY_REJECTED = 0.01, 0.03


class Severity(IntEnum):
    """How soon somebody should look."""

    NOTE = 0
    LOOK = 1
    ACT = 2


VERDICTS = {
    Severity.NOTE: "Nothing stands out",
    Severity.LOOK: "Worth a look",
    Severity.ACT: "Look before you rely on it",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence and how grave it is."""

    severity: Severity
    sentence: str


def verdict(findings: Iterable[Finding]) -> Severity:
    """The gravest of all."""
    return max((finding.severity for finding in findings), default=Severity.NOTE)


def rejected_finding(table: str, n_rejected: int, n_read: int) -> Iterator[Finding]:
    """Quarantined rows, where there are many."""
    share = n_rejected / n_read if n_read else 0.0
    if share > _MANY_REJECTED:
        severity = Severity.ACT if share > _TOO_MANY_REJECTED else Severity.LOOK
        yield Finding(severity, f"{table}: {share:.1%} of the rows went to quarantine ({n_rejected:,} of {n_read:,}).")


def rows_finding(table: str, n_last: int, n_new: int, moved: Word) -> Iterator[Finding]:
    """Rows that came or went since the last load."""
    if moved is not Word.STABLE:
        severity = Severity.ACT if moved is Word.SHIFTED and n_new < n_last else Severity.LOOK
        yield Finding(severity, f"{table}: {n_new:,} rows where the last load had {n_last:,}.")


def drift_findings(table: str, drifts: Sequence[ColumnDrift]) -> Iterator[Finding]:
    """Columns that moved: each shifted one in a sentence, the others by name."""
    for drift in drifts:
        if drift.word is Word.SHIFTED:
            yield Finding(Severity.LOOK, f"{table}.{drift.column} shifted: {_how(drift)}.")
    moved = [drift.column for drift in drifts if drift.word is Word.MOVED]
    if moved:
        yield Finding(Severity.NOTE, f"{table}: {', '.join(moved)} moved.")


def missing_table_finding(table: str) -> Finding:
    """A table that the last load had."""
    return Finding(Severity.ACT, f"{table}: the last load had this table, and this one does not.")


def _how(drift: ColumnDrift) -> str:
    parts = [f"{drift.measure} {drift.distance:.2f}"] if drift.distance and drift.distance >= _NOTEWORTHY else []
    if abs(drift.missing_change) >= 0.005:
        points = abs(drift.missing_change) * 100
        parts.append(f"{points:.1f} percentage points {'more' if drift.missing_change > 0 else 'fewer'} missing values")
    return ", ".join(parts)
