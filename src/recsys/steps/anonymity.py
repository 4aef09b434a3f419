"""k persons behind every combination of what outsiders can know: enforced in `raw`, checked, and reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from recsys.errors import CheckError
from recsys.io.anonymity import (
    SENSITIVE,
    Zone,
    gather_persons,
    read_cells,
    read_class_sizes,
    read_report,
    read_sensitive,
    write_coarser,
    write_report,
)
from recsys.io.anonymity_report import write_anonymity_report
from recsys.io.postgres import Connection
from recsys.monitoring.anonymity import AnonymityReport, Coarsened, ZoneFigures
from recsys.privacy.coarsening import coarsen
from recsys.privacy.diversity import diversity
from recsys.privacy.equivalence import Anonymity, anonymity, class_numbers, class_sizes, without_each
from recsys.privacy.quasi_identifiers import ALL, ENFORCED, ENFORCED_COLUMNS
from recsys.steps.context import StepContext
from recsys.types import JSON


def enforce_anonymity(context: StepContext, connection: Connection, load: Mapping[str, Any]) -> dict[str, JSON]:
    """Make small classes of `raw.customers` coarser, in the transaction of `anonymise_feed`; returns what it came to.

    All customers are looked at, since a delta makes classes larger and smaller. What was coarse stays so until a full
    feed brings the exact values again.
    """
    k = context.settings.k_anonymity
    _gather(connection, "raw", load)
    cells = read_cells(connection, "raw")
    before = _anonymity(cells, k)
    before_without = {name: found.below_share for name, found in without_each(cells, ENFORCED, k).items()}
    coarsened = {name: Coarsened(0, 0) for name in ENFORCED}
    n_coarsened = 0
    # Once more only where a person of several customers is now better known by another of them.
    while k > 1 and (is_changed := _is_changed(cells, coarse := coarsen(cells, k))).any():
        kept = pa.array(is_changed)
        coarsened = _sum(coarsened, _coarsened(cells, coarse))
        n_coarsened += int(_counts(cells)[is_changed].sum())
        write_coarser(connection, cells.filter(kept), coarse.filter(kept))
        _gather(connection, "raw", load)
        cells = read_cells(connection, "raw")
    report = AnonymityReport(
        context.run.run_id, k, before, before_without, coarsened, measure_zone(connection, "raw", k)
    )
    write_report(connection, report)
    return {
        "k": k,
        "smallest_class": report.raw.enforced.smallest,
        "persons_below_k_before": before.n_below,
        "persons_coarsened": n_coarsened,
    }


def renew_anonymity_page(context: StepContext) -> str:
    """Write the run's page anew and return its place; empty where nothing was measured."""
    with context.connect() as connection:
        report = read_report(connection, context.run.run_id)
    return "" if report is None else str(write_anonymity_report(context.settings, report))


def check_anonymity(context: StepContext, zone: Zone, load: Mapping[str, Any]) -> None:
    """Raise `CheckError` where fewer than k persons share a combination, k as it is set; the marts' figures are kept.

    Values that are all missing say nothing, and fewer than k persons may have none where they are the whole bank.
    """
    k = context.settings.k_anonymity
    with context.connect() as connection:
        _gather(connection, zone, load)
        cells = read_cells(connection, zone)
        if zone == "marts" and (report := read_report(connection, context.run.run_id)) is not None:
            write_report(connection, replace(report, marts=measure_zone(connection, zone, k)))
    if zone == "marts":
        renew_anonymity_page(context)
    n_small = _count_small_classes(cells, k)
    if n_small:
        raise CheckError(
            f"{n_small} combinations of {', '.join(ENFORCED)} in {zone} belong to fewer than {k} persons each.",
            remedy="Run anonymise_feed again, which makes them coarser, and the steps after it; or lower"
            " RECSYS_K_ANONYMITY.",
        )


def measure_zone(connection: Connection, zone: Zone, k: int) -> ZoneFigures:
    """The figures of a zone whose persons were gathered."""
    cells = read_cells(connection, zone)
    full_without = {}
    for left_out in ALL:
        columns = [name for one, names in ALL.items() if one != left_out for name in names]
        full_without[left_out] = _full(connection, zone, k, columns).below_share
    return ZoneFigures(
        enforced=_anonymity(cells, k),
        full=_full(connection, zone, k, [name for names in ALL.values() for name in names]),
        full_without=full_without,
        diversity={name: diversity(*read_sensitive(connection, zone, name)) for name in SENSITIVE},
    )


def _gather(connection: Connection, zone: Zone, load: Mapping[str, Any]) -> None:
    gather_persons(connection, zone, load["as_of"] if load["history"] == "snapshot" else None)


def _full(connection: Connection, zone: Zone, k: int, columns: list[str]) -> Anonymity:
    sizes, n_classes = read_class_sizes(connection, zone, columns)
    return anonymity(sizes, k, n_classes)


def _anonymity(cells: pa.Table, k: int) -> Anonymity:
    return anonymity(class_sizes(class_numbers(cells, ENFORCED_COLUMNS), _counts(cells)), k)


def _count_small_classes(cells: pa.Table, k: int) -> int:
    numbers, counts = class_numbers(cells, ENFORCED_COLUMNS), _counts(cells)
    sizes = class_sizes(numbers, counts)
    if counts.sum() < k:
        says_nothing = np.all([np.asarray(cells[name].is_null()) for name in ENFORCED_COLUMNS], axis=0)
        numbers = numbers[~says_nothing]
    return int((sizes[np.unique(numbers)] < k).sum())


def _coarsened(cells: pa.Table, coarse: pa.Table) -> dict[str, Coarsened]:
    counts = _counts(cells)
    found = {}
    for name, columns in ENFORCED.items():
        is_coarser = _is_changed(cells, coarse, columns)
        is_missing = is_coarser & np.asarray(coarse[columns[0]].is_null())
        found[name] = Coarsened(int(counts[is_coarser].sum()), int(counts[is_missing].sum()))
    return found


def _sum(some: dict[str, Coarsened], others: dict[str, Coarsened]) -> dict[str, Coarsened]:
    return {
        name: Coarsened(one.n_coarser + others[name].n_coarser, one.n_missing + others[name].n_missing)
        for name, one in some.items()
    }


def _is_changed(
    cells: pa.Table, coarse: pa.Table, columns: tuple[str, ...] = ENFORCED_COLUMNS
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Bool (n,): whose values are others in `coarse`."""
    both = pa.concat_tables([cells.select(list(columns)), coarse.select(list(columns))])
    numbers = class_numbers(both, columns)
    return np.asarray(numbers[: cells.num_rows] != numbers[cells.num_rows :], dtype=np.bool_)


def _counts(cells: pa.Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.asarray(cells.column("n_persons").to_numpy(), dtype=np.int64)
