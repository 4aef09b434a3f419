"""Move the pointer that readers follow, in one short transaction; then retire old ones and count answers."""

from __future__ import annotations

from datetime import timedelta

from recsys.errors import RunError
from recsys.io.feedback_counts import count_feedback
from recsys.io.partitions import attach_partitions, drop_attached
from recsys.io.publications import (
    Publication,
    mark_published,
    mark_retired,
    point_to,
    publish_customers,
    read_outdated,
    read_publication,
    refresh_products,
)
from recsys.steps.context import StepContext
from recsys.types import StepResult


def publish_recommendations(context: StepContext) -> StepResult:
    """Publish what this run scored and checked; a run that has been published stays as it is."""
    with context.connect() as connection:
        publication = read_publication(connection, context.run.run_id)
        publication_id = publication["publication_id"]
        is_new = publication["state"] != "published"
        if is_new:
            _refuse_unchecked(publication)
            # Committed by itself, so that the transaction that readers could notice stays short.
            publish_customers(connection, publication_id)
    if is_new:
        with context.connect() as connection:
            attach_partitions(connection, publication_id)
            refresh_products(connection)
            mark_published(connection, publication_id, timedelta(days=context.settings.valid_days))
            point_to(connection, publication_id)
    retired = _retire_outdated(context)
    with context.connect() as connection:
        count_feedback(connection, timedelta(0))
    return StepResult(publication["n_rows"], {"publication_id": publication_id, "retired": list(retired)})


def _refuse_unchecked(publication: Publication) -> None:
    if publication["state"] != "checked":
        raise RunError(
            f"Publication {publication['publication_id']} is {publication['state']}, not checked.",
            remedy="Run check_recommendations first.",
        )


def _retire_outdated(context: StepContext) -> list[int]:
    """Drop what is older than the kept publications, one by one, while readers go on."""
    with context.database.connect(context.role, autocommit=True) as connection:
        outdated = read_outdated(connection, context.settings.kept_publications)
        for publication_id in outdated:
            # First, so that nobody is pointed to tables that are about to go.
            mark_retired(connection, publication_id)
            drop_attached(connection, publication_id)
    return outdated
