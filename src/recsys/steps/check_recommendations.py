"""The last gate: expectations, the rules once more in SQL, and the distance from what readers see now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

import structlog

from recsys.errors import CheckError
from recsys.io.checks import run_checks
from recsys.io.partitions import ELIMINATIONS, ROWS, partition_name
from recsys.io.persons_without import count_persons_without
from recsys.io.postgres import Connection
from recsys.io.profiling_proof import PROMISES, prove_profiling
from recsys.io.publication_catalogue import read_publication_catalogue
from recsys.io.publication_checks import broken_promises, count_first_changes
from recsys.io.publications import Publication, mark_checked, read_current_publication, read_publication
from recsys.io.rule_reach import read_reaches
from recsys.monitoring.publication_shift import (
    PublicationFacts,
    PublicationShift,
    ShiftLimits,
    broken_limits,
    publication_shift,
)
from recsys.ranking.rule_reach import reach_warnings
from recsys.settings import Settings
from recsys.steps.context import StepContext
from recsys.types import JSON, StepResult

log = structlog.get_logger()


def check_recommendations(context: StepContext) -> StepResult:
    """Let a publication pass to readers, or raise `CheckError` with the figures that it broke."""
    with context.connect() as connection:
        publication = read_publication(connection, context.run.run_id)
    publication_id = publication["publication_id"]
    report = run_checks(
        context.settings,
        context.database,
        context.role,
        zone="serving",
        run_id=context.run.run_id,
        tables={table: f"serving.{partition_name(table, publication_id)}" for table in (ROWS, ELIMINATIONS)},
        parameters={"top_n": publication["top_n"]},
    )
    with context.connect() as connection:
        proof: dict[str, JSON] = {**prove_profiling(connection, publication_id, context.settings.on_objection)}
        kept = {promise: cast("int", proof[promise]) for promise in PROMISES}
        _refuse_broken_promises(connection, publication, kept, context.settings)
        shift = _refuse_jumps(connection, publication, context.settings)
        warnings = _warn_of_far_rules(connection, publication_id, context.settings)
        offers: dict[str, JSON] = {**count_persons_without(connection, publication_id)}
        facts: dict[str, JSON] = {"shift": shift, "profiling": proof, "rule_warnings": warnings}
        mark_checked(connection, publication_id, facts)
    details = {**report.details, "publication_id": publication_id, **facts, "offers": offers}
    return StepResult(publication["n_rows"], details)


def _refuse_broken_promises(
    connection: Connection, publication: Publication, proof: Mapping[str, int], settings: Settings
) -> None:
    broken = {promise: n_broken for promise, n_broken in proof.items() if n_broken}
    broken |= broken_promises(
        connection,
        publication["publication_id"],
        publication["as_of"],
        publication["top_n"],
        cooling_off_days=settings.cooling_off_days,
        on_objection=settings.on_objection,
    )
    if broken:
        figures = ", ".join(f"{promise} {n_broken:,}" for promise, n_broken in sorted(broken.items()))
        raise CheckError(
            f"Publication {publication['publication_id']} breaks its own rules: {figures}.",
            remedy="Nothing was published. Score again; if it stays, the rules in ranking/rules/ and the SQL in "
            "io/rules_in_sql.py disagree.",
        )


def _warn_of_far_rules(connection: Connection, publication_id: int, settings: Settings) -> list[JSON]:
    """Rules that leave a product to nearly nobody: that may be meant, so it stops nothing."""
    catalogue = read_publication_catalogue(connection, publication_id)
    warnings = reach_warnings(read_reaches(connection, publication_id), catalogue, settings.max_rule_share)
    for warning in warnings:
        log.warning("a rule refuses nearly everybody", publication_id=publication_id, what=warning.message)
    return [warning.message for warning in warnings]


def _refuse_jumps(connection: Connection, publication: Publication, settings: Settings) -> dict[str, JSON] | None:
    """How far it is from what readers see now, None for the first publication; `CheckError` where that is too far."""
    last = read_current_publication(connection)
    if last is None or last["publication_id"] == publication["publication_id"]:
        return None
    shift = _measure(connection, last, publication)
    is_other_model = last["model_name"] != publication["model_name"]
    broken = broken_limits(shift, _limits(settings, is_other_model=is_other_model))
    if broken:
        new_id, last_id = publication["publication_id"], last["publication_id"]
        raise CheckError(
            f"Publication {new_id} is too far from {last_id}: {'; '.join(broken)}.",
            remedy="Readers still see the last publication. If the jump is meant, raise RECSYS_MAX_MIX_SHIFT, "
            "RECSYS_MAX_COVERAGE_DROP, RECSYS_MAX_CHURN or RECSYS_MAX_PERSONS_DROP for one run.",
        )
    return {"from_publication": last["publication_id"], "is_other_model": is_other_model, **asdict(shift)}


def _limits(settings: Settings, *, is_other_model: bool) -> ShiftLimits:
    # A model that won its promotion is there to change who is offered what: that is noted, and stops nothing.
    return ShiftLimits(
        max_mix_shift=1.0 if is_other_model else settings.max_mix_shift,
        max_coverage_drop=settings.max_coverage_drop,
        max_churn=1.0 if is_other_model else settings.max_churn,
        max_persons_drop=settings.max_persons_drop,
    )


def _measure(connection: Connection, last: Publication, new: Publication) -> PublicationShift:
    n_shared, n_first_changed = count_first_changes(connection, last["publication_id"], new["publication_id"])
    return publication_shift(_facts(last), _facts(new), n_shared=n_shared, n_first_changed=n_first_changed)


def _facts(publication: Publication) -> PublicationFacts:
    counts = publication["counts"]
    n_persons = publication["n_persons"]
    return PublicationFacts(n_persons, n_persons - counts["persons_without"], counts["rows_by_product"])
