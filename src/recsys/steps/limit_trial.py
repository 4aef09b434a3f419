"""What changed limits of products would do, before they are made: computed over the marts, and nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from recsys.io.limit_file import read_limit_changes
from recsys.io.postgres import Database, open_database
from recsys.io.publications import read_current_publication
from recsys.io.published_rows import NOTHING_PUBLISHED, read_published_pairs
from recsys.io.registry import load_champion, with_current_keys
from recsys.io.trainings import read_marts_feed
from recsys.models.bundle import Bundle
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.limit_changes import LimitChange, apply_changes
from recsys.ranking.limit_trial import LimitTrial
from recsys.ranking.rule_reach import ReachWarning
from recsys.ranking.rules.registry import rules_version
from recsys.settings import Settings
from recsys.steps.adviser import build_adviser
from recsys.steps.person_blocks import read_person_blocks
from recsys.types import Progress

# The role that scores: it reads the marts and what is published, and here it writes nothing.
_ROLE = "publisher"


@dataclass(frozen=True, slots=True)
class Tried:
    """The comparison; `rules_version` is what the next run would have, `publication_id` what is read now, if any.

    `warnings` tell of changed limits that leave a product to nearly nobody.
    """

    trial: LimitTrial
    warnings: list[ReachWarning]
    rules_version: str
    publication_id: int | None


def try_limits(settings: Settings, path: Path, progress: Progress) -> Tried:
    """What the limits in a file would do with the champion.

    Raises `ContractError` and `FeedFileError` for the file, `ModelError` without a champion, and `RunError` without
    marts.
    """
    changes = read_limit_changes(path)
    database = open_database(settings)
    champion = load_champion(settings)
    bundle = with_current_keys(database, champion.bundle, champion.tags)
    return compare_limits(settings, database, bundle, changes, path.name, progress)


def compare_limits(
    settings: Settings,
    database: Database,
    bundle: Bundle,
    changes: Sequence[LimitChange],
    name: str,
    progress: Progress,
) -> Tried:
    """The same with one model."""
    connect = partial(database.connect, _ROLE)
    with connect() as connection:
        feed = read_marts_feed(connection)
        as_of = feed["as_of"]
        publication = read_current_publication(connection)
        publication_id = None if publication is None else int(publication["publication_id"])
        top_n = settings.top_n if publication is None else publication["top_n"]
        before = build_adviser(connection, settings, bundle, as_of, feed["currency"], top_n)
        changed = apply_changes(before.catalogue, changes, name, cooling_off_days=settings.cooling_off_days)
        after = replace(before, catalogue=changed)
        trial = LimitTrial(changed)
        for persons, features in read_person_blocks(connect, settings, bundle.encoder, as_of, len(changed)):
            customers = bundle.encoder.transform(features)
            scored = before.score(customers, np.asarray(persons["has_profiling_consent"]))
            published = (
                NOTHING_PUBLISHED
                if publication_id is None
                else read_published_pairs(connection, publication_id, persons["person_key"], changed)
            )
            # Facts are those of a catalogue: of what category, and what else excludes what is held.
            facts = [build_rule_facts(persons, adviser.catalogue) for adviser in (before, after)]
            ranked_before, ranked_after = (
                adviser.rank(scored, customers, known) for adviser, known in zip((before, after), facts, strict=True)
            )
            trial.add(ranked_before, ranked_after, published, facts[0].segment)
            progress(trial.n_persons, None, "persons compared")
    return Tried(trial, trial.warnings(settings.max_rule_share), rules_version(changed), publication_id)
