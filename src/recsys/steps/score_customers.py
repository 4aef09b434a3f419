"""Rank every customer's permitted products into a partition aside."""

from __future__ import annotations

import numpy as np

from recsys.explanation.preferred import by_default, language_numbers
from recsys.io.decision_facts import DecisionWriter
from recsys.io.partitions import create_partitions, seal_partitions
from recsys.io.profiling_proof import prove_profiling
from recsys.io.publication_catalogue import write_publication_products
from recsys.io.publication_eliminations import write_elimination_counts, write_elimination_sets
from recsys.io.publication_figures import count_scores, write_segment_products
from recsys.io.publication_rows import write_block
from recsys.io.publications import create_publication, write_reasons, write_tally
from recsys.io.registry import load_champion, with_current_keys
from recsys.io.score_quartiles import write_score_quartiles
from recsys.io.suppressions import await_suppressions
from recsys.io.trainings import read_marts_feed
from recsys.models.bundle import Bundle
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.rules.registry import rules_version
from recsys.ranking.tally import Tally
from recsys.steps.adviser import build_adviser
from recsys.steps.context import StepContext
from recsys.steps.person_blocks import read_person_blocks
from recsys.types import JSON, StepResult


def score_customers(context: StepContext) -> StepResult:
    """Score, refuse, rank and explain with the champion; readers see nothing of it yet."""
    champion = load_champion(context.settings)
    bundle = with_current_keys(context.database, champion.bundle, champion.tags)
    return build_publication(context, bundle, champion.version)


def build_publication(context: StepContext, bundle: Bundle, model_version: str) -> StepResult:
    """Write one publication of the run aside, in one transaction: killed, it leaves nothing behind."""
    with context.connect() as connection:
        # The publication's moment is before the wait: what was asked for since then is hidden by readers' view.
        await_suppressions(connection)
        feed = read_marts_feed(connection, context.run.run_id)
        as_of = feed["as_of"]
        adviser = build_adviser(connection, context.settings, bundle, as_of, feed["currency"], context.run.top_n)
        publication_id = create_publication(
            connection,
            context.run.run_id,
            model_name=bundle.recommender.name,
            model_version=model_version,
            rules_version=rules_version(adviser.catalogue),
            as_of=as_of,
            top_n=context.run.top_n,
            adjustments=adviser.adjustments.to_json(),
        )
        create_partitions(connection, publication_id)
        write_publication_products(connection, publication_id, adviser.catalogue)
        languages = by_default(context.settings.language)
        write_reasons(connection, publication_id, adviser.reasons, languages)
        decisions = DecisionWriter(connection, publication_id)
        sets = EliminationSets(adviser.catalogue)
        tally = Tally(adviser.catalogue, adviser.top_n, sets)
        blocks = read_person_blocks(context.connect, context.settings, bundle.encoder, as_of, len(adviser.catalogue))
        for persons, features in blocks:
            facts = build_rule_facts(persons, adviser.catalogue)
            recommended = adviser.recommend(
                bundle.encoder.transform(features), facts, np.asarray(persons["has_profiling_consent"])
            )
            set_ids = sets.number(recommended.mask)
            keys = persons["person_key"].combine_chunks()
            in_words = recommended.in_languages(language_numbers(persons["language"], languages), len(adviser.reasons))
            write_block(connection, publication_id, keys, in_words, set_ids, adviser.catalogue)
            # Nothing is decided by a language.
            decisions.write(persons.drop_columns("language"), features)
            tally.add(recommended, set_ids, facts.segment)
            context.progress(tally.n_persons, None, "persons scored")
        write_elimination_sets(connection, publication_id, sets)
        write_elimination_counts(connection, publication_id, tally.eliminations)
        write_segment_products(connection, publication_id, tally.segment_products)
        count_scores(connection, publication_id)
        seal_partitions(connection, publication_id)
        write_score_quartiles(connection, publication_id)
        write_tally(connection, publication_id, tally)
        proof: dict[str, JSON] = {**prove_profiling(connection, publication_id, context.settings.on_objection)}
    counts = {"publication_id": publication_id, "persons": tally.n_persons, **tally.counts()}
    return StepResult(tally.n_rows, {**counts, "profiling": proof})
