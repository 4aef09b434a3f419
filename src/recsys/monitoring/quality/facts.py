"""What is known about one load, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from recsys.monitoring.column_profiles import ColumnProfile
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """A column of a load: the profile of its kept rows, what was rejected because of it and what was standardised."""

    table: str
    profile: ColumnProfile
    n_invalid: Mapping[str, int]
    n_standardised: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one source brought of one table."""

    table: str
    source: str
    n_read: int
    n_kept: int
    n_quarantined: int
    n_updated: int
    n_deleted: int
    n_repeated: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Quarantined rows of one table that break one rule; `column` is None where it is the row as a whole."""

    table: str
    column: str | None
    rule: str
    expected: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One run's feed: its name, day and mode, and when it was taken."""

    run_id: str
    name: str
    as_of: date
    mode: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class QualityFacts:
    """A load beside the last one of the same feed and mode; `last` is None for the first.

    `duplicates` are the details of `resolve_customers`.
    """

    feed: Taken
    deliveries: Sequence[Delivery]
    rejected: Sequence[Rejected]
    columns: Sequence[ProfiledColumn]
    last: Taken | None = None
    last_columns: Sequence[ProfiledColumn] = ()
    duplicates: Mapping[str, JSON] = field(default_factory=dict)
