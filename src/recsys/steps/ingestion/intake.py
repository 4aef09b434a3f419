"""What taking in a feed comes to, and what is done with every checked batch on the way, whatever delivered it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import cast

from recsys.cleaning.rows import CheckedBatch
from recsys.feed.contract import CUSTOMERS, TABLE_BY_NAME
from recsys.feed.manifest import Manifest
from recsys.io.erased_rows import ErasedRows
from recsys.io.feed_checks import TableReport
from recsys.io.loads import Load
from recsys.io.originals import write_originals
from recsys.io.postgres import Connection
from recsys.io.quarantine import write_quarantine
from recsys.io.rectifications import rectify_batches
from recsys.io.tombstones import read_tombstones
from recsys.steps.context import StepContext
from recsys.types import JSON


@dataclass(frozen=True, slots=True)
class Intake:
    """A feed that has landed. `as_of` is the day until which it knows; `table_counts` are by table of the contract."""

    manifest: Manifest
    fingerprint: str
    as_of: date
    table_counts: Mapping[str, dict[str, JSON]]
    loads: Sequence[Load]

    @property
    def n_kept(self) -> int:
        """Rows that have landed, over all tables."""
        return sum(cast("int", counts["kept"]) for counts in self.table_counts.values())


@dataclass(frozen=True, slots=True)
class Connections:
    """`main` is one transaction, which a refused feed leaves nothing of. `aside` commits each statement: the rows that
    explain a refusal must survive it.
    """

    main: Connection
    aside: Connection


def set_aside(
    context: StepContext,
    connections: Connections,
    table_name: str,
    batches: Iterable[CheckedBatch],
    *,
    are_parts: bool = False,
) -> Iterator[CheckedBatch]:
    """Write what is not to be kept of each batch where it belongs, and pass the batch on, corrected.

    `are_parts`: one of several sources says this. What is disputed can be told only when they are put together.
    """
    key = context.database.secrets.key("quarantine_key")
    connection = connections.main
    if table_name == CUSTOMERS.name and not are_parts:
        batches = rectify_batches(connection, context.database.secrets, context.run.run_id, batches)
    for checked in batches:
        write_quarantine(connections.aside, context.run.run_id, table_name, checked.rejects, key)
        write_originals(connection, context.run.run_id, TABLE_BY_NAME[table_name], checked, context.database.secrets)
        yield checked


def erased_rows(context: StepContext, connections: Connections) -> ErasedRows:
    """What leaves the rows of erased customers out of a feed."""
    return ErasedRows(read_tombstones(connections.main), context.database.secrets.key("tombstone_key"))


def last_date(reports: Iterable[TableReport], before: date | None = None) -> date:
    """The last day that the rows name, or that was known `before`; today where there is none."""
    days = [report.last_date for report in reports]
    return max((day for day in (*days, before) if day), default=today())


def today() -> date:
    """The day, in UTC."""
    return datetime.now(UTC).date()
