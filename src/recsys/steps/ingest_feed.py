"""Step `ingest_feed`: check the feed against the contract; bad rows go to quarantine, good ones land.

A feed is a folder, or what the sources of a `sources.toml` have to deliver since the last load.
"""

from __future__ import annotations

from recsys.features.declared import declared_features, unread_columns
from recsys.io.column_profiles import profile_landed, write_profiles
from recsys.io.feeds import TakenFeed, write_landed
from recsys.io.landing import delete_landing, delete_landing_of_others
from recsys.io.loads import clear_loads, write_loads
from recsys.io.originals import clear_originals, clear_originals_of_others
from recsys.io.quarantine import clear_quarantine
from recsys.steps.context import StepContext
from recsys.steps.ingestion.folder_intake import take_folder
from recsys.steps.ingestion.intake import Connections, Intake
from recsys.steps.ingestion.source_intake import take_sources
from recsys.steps.reapply_erasures import reapply_erasures
from recsys.types import JSON, StepResult

SOURCES_ENDING = ".toml"


def ingest_feed(context: StepContext) -> StepResult:
    """Land every table of the feed. What was quarantined stays there even where too many bad rows stop the run."""
    run_id = context.run.run_id
    delete_landing(context.settings.home, run_id)
    delete_landing_of_others(context.settings.home, run_id)
    # A backup may have been restored since the last run: nobody who was erased may be met on the way.
    reapply_erasures(context.settings, context.database, context.progress)
    with context.connect() as connection, context.connect(autocommit=True) as aside:
        clear_quarantine(aside, run_id)
        clear_loads(connection, run_id)
        clear_originals(connection, run_id)
        intake = _take(context, Connections(connection, aside))
        if intake.manifest.mode == "full":
            clear_originals_of_others(connection, run_id)
        as_of = context.run.as_of or intake.as_of
        counts: dict[str, JSON] = {**intake.table_counts}
        write_landed(
            connection,
            TakenFeed(run_id, context.run.feed, intake.fingerprint, as_of, intake.manifest, counts),
        )
        write_loads(connection, run_id, intake.loads)
        landing_key = context.database.secrets.key("landing_key")
        profiles = profile_landed(context.settings.home, run_id, intake.manifest, as_of, landing_key)
        write_profiles(connection, run_id, profiles, counts)
    return StepResult(
        rows=intake.n_kept,
        details={
            "as_of": as_of.isoformat(),
            "fingerprint": intake.fingerprint,
            "mode": intake.manifest.mode,
            "tables": counts,
            "declared_features": [feature.name for feature in declared_features(intake.manifest)],
            "unread_features": dict(unread_columns(intake.manifest)),
        },
    )


def _take(context: StepContext, connections: Connections) -> Intake:
    take = take_sources if context.run.feed.endswith(SOURCES_ENDING) else take_folder
    try:
        return take(context, connections)
    except BaseException:
        delete_landing(context.settings.home, context.run.run_id)
        raise
