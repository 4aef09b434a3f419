"""The quality report of one load: what was found, table by table and column by column, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from recsys.feed.columns import Privacy
from recsys.feed.contract import TABLE_BY_NAME, TABLES
from recsys.monitoring.column_profiles import ColumnProfile, Shape
from recsys.monitoring.drift import ColumnDrift, Word, column_drift, rows_word
from recsys.monitoring.quality.facts import Delivery, ProfiledColumn, QualityFacts, Rejected
from recsys.monitoring.quality.findings import (
    Finding,
    Severity,
    drift_findings,
    missing_table_finding,
    rejected_finding,
    rows_finding,
    verdict,
)
from recsys.monitoring.quality.histogram import Histogram, about_day, compact, histogram
from recsys.monitoring.sketch import quantile, value_of
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """One column: how complete it is, what it looks like, and how far it moved (`drift` None: nothing before)."""

    column: ProfiledColumn
    privacy: str
    summary: str
    bars: Histogram | None
    drift: ColumnDrift | None

    @property
    def name(self) -> str:
        """Its name in the contract."""
        return self.column.profile.column

    @property
    def complete_share(self) -> float:
        """Share of the kept rows that have a value."""
        return 1 - self.column.profile.missing_share

    @property
    def n_invalid(self) -> int:
        """Rows quarantined because of it."""
        return sum(self.column.n_invalid.values())


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table. `n_last` is the number of rows kept of the last load, None where there was none."""

    name: str
    deliveries: Sequence[Delivery]
    rejected: Sequence[Rejected]
    columns: Sequence[ColumnReport]
    n_last: int | None
    rows_moved: Word

    def total(self, what: str) -> int:
        """The sum of one count over its sources."""
        return sum(int(getattr(delivery, what)) for delivery in self.deliveries)

    @property
    def n_standardised(self) -> int:
        """Values that were brought into the standard form."""
        return sum(column.column.n_standardised for column in self.columns)

    @property
    def delivered(self) -> list[ColumnReport]:
        """The columns that hold anything, or held it last time."""
        return [c for c in self.columns if c.complete_share > 0 or c.n_invalid or (c.drift and c.drift.missing_change)]

    @property
    def empty(self) -> list[str]:
        """Names of the others."""
        delivered = self.delivered
        return [column.name for column in self.columns if column not in delivered]

    @property
    def moved(self) -> list[ColumnReport]:
        """Columns that are not where they were, the furthest first."""
        moved = [column for column in self.columns if column.drift and column.drift.word is not Word.STABLE]
        return sorted(moved, key=lambda column: -_distance(column.drift))


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What `resolve_customers` found: customers by the rule that gave them their person, and what else it counted."""

    n_customers: int
    n_persons: int
    rules: Sequence[tuple[str, int]]
    others: Sequence[tuple[str, int]]

    @property
    def n_merged(self) -> int:
        """Customers that are another customer's person."""
        return self.n_customers - self.n_persons


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The whole load."""

    facts: QualityFacts
    tables: Sequence[TableReport]
    findings: Sequence[Finding]
    duplicates: Duplicates | None

    @property
    def n_moved(self) -> int:
        """Columns that are not where they were."""
        return sum(len(table.moved) for table in self.tables)

    @property
    def severity(self) -> Severity:
        """The gravest finding."""
        return verdict(self.findings)

    def total(self, what: str) -> int:
        """The sum of one count over all tables."""
        return sum(table.total(what) for table in self.tables)

    @property
    def n_standardised(self) -> int:
        """Values that were brought into the standard form, in all tables."""
        return sum(table.n_standardised for table in self.tables)


def build_report(facts: QualityFacts) -> QualityReport:
    """Compare, count and put into words."""
    names = [table.name for table in TABLES]
    tables = [_table(facts, name) for name in names if any(d.table == name for d in facts.deliveries)]
    findings = sorted(_findings(facts, tables), key=lambda finding: -finding.severity)
    return QualityReport(facts, tables, findings, _duplicates(facts.duplicates))


def _duplicates(details: Mapping[str, JSON]) -> Duplicates | None:
    rules, n_persons = details.get("rules"), details.get("persons")
    if not isinstance(rules, dict) or not isinstance(n_persons, int):
        return None
    by_rule = [(rule, n) for rule, n in rules.items() if isinstance(n, int)]
    others = [(name.replace("_", " "), n) for name, n in details.items() if isinstance(n, int) and name != "persons"]
    matches = details.get("matches")
    if isinstance(matches, dict):
        others += [(f"pairs of customers: {state}", n) for state, n in matches.items() if isinstance(n, int)]
    return Duplicates(sum(n for _, n in by_rule), n_persons, by_rule, others)


def _table(facts: QualityFacts, name: str) -> TableReport:
    last = {c.profile.column: c.profile for c in facts.last_columns if c.table == name}
    columns = [_column(c, last.get(c.profile.column), facts.feed.as_of) for c in facts.columns if c.table == name]
    deliveries = [delivery for delivery in facts.deliveries if delivery.table == name]
    n_last = next((profile.n_rows for profile in last.values()), None)
    n_new = next((c.column.profile.n_rows for c in columns), 0)
    rejected = sorted((r for r in facts.rejected if r.table == name), key=lambda r: -r.n_rows)
    # A delta brings what there was to bring: as many rows as the day had.
    is_comparable = n_last is not None and facts.feed.mode == "full"
    moved = rows_word(n_last or 0, n_new) if is_comparable else Word.STABLE
    return TableReport(name, deliveries, rejected, columns, n_last, moved)


def _column(column: ProfiledColumn, last: ColumnProfile | None, as_of: date) -> ColumnReport:
    return ColumnReport(
        column,
        _privacy(column),
        summary(column.profile, as_of),
        histogram(column.profile, last, as_of),
        None if last is None else column_drift(last, column.profile),
    )


def _privacy(column: ProfiledColumn) -> str:
    for declared in TABLE_BY_NAME[column.table].columns:
        if declared.name == column.profile.column:
            return "" if declared.privacy is Privacy.KEEP else declared.privacy.value
    return "extra"


def summary(profile: ColumnProfile, as_of: date) -> str:
    """What the values are like, in a few words; days are only as exact as the bin that they were counted into."""
    if profile.n_rows == profile.n_missing:
        return "empty"
    match profile.shape:
        case Shape.NUMBERS:
            low, middle, high = (compact(quantile(profile.counts, share) or 0.0) for share in (0.05, 0.5, 0.95))
            return f"median {middle}, most from {low} to {high}"
        case Shape.AGES:
            first, last = (about_day(as_of, value_of(end(profile.counts))) for end in (max, min))
            return f"{first} to {last}" if first != last else first
        case Shape.CATEGORIES:
            return _of_categories(profile)
        case Shape.LENGTHS:
            short, long = (round(quantile(profile.counts, share) or 0) for share in (0.01, 0.99))
            return f"length {short}" if short == long else f"length {short} to {long}"
        case _:
            return "values are not looked at"


def _of_categories(profile: ColumnProfile) -> str:
    if not profile.counts:
        return "no value that enough customers share"
    name, n = max(profile.counts.items(), key=lambda item: item[1])
    share = n / (profile.n_rows - profile.n_missing)
    return f"{len(profile.counts)} values, {name} {share:.0%}" if len(profile.counts) > 1 else f"{name} {share:.0%}"


def _findings(facts: QualityFacts, tables: Sequence[TableReport]) -> Iterator[Finding]:
    for table in tables:
        yield from rejected_finding(table.name, table.total("n_quarantined"), table.total("n_read"))
        if table.n_last is not None:
            n_new = next((c.column.profile.n_rows for c in table.columns), 0)
            yield from rows_finding(table.name, table.n_last, n_new, table.rows_moved)
        yield from drift_findings(table.name, [column.drift for column in table.moved if column.drift])
    if facts.feed.mode == "full":
        there = {table.name for table in tables}
        gone = {column.table for column in facts.last_columns} - there
        yield from (missing_table_finding(name) for name in sorted(gone))


def _distance(drift: ColumnDrift | None) -> float:
    return 0.0 if drift is None else max(drift.distance or 0.0, abs(drift.missing_change))
