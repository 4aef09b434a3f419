"""Rank every customer's permitted products into a partition aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from recsys.errors import CheckError
from recsys.features.encoder import CustomerEncoder
from recsys.io.decision_facts import DecisionWriter
from recsys.io.marts import read_feature_blocks
from recsys.io.partitions import create_partitions, seal_partitions
from recsys.io.profiling_proof import prove_profiling
from recsys.io.publication_catalogue import write_publication_products
from recsys.io.publication_eliminations import write_elimination_counts, write_elimination_sets
from recsys.io.publication_rows import write_block
from recsys.io.publications import create_publication, write_reasons, write_tally
from recsys.io.registry import load_champion, with_current_keys
from recsys.io.rule_facts import read_catalogue, read_rule_facts
from recsys.io.suppressions import await_suppressions
from recsys.io.trainings import read_marts_feed
from recsys.models.bundle import Bundle
from recsys.ranking.adjustments.adjustments import Adjustments
from recsys.ranking.eliminations import EliminationSets
from recsys.ranking.facts import build_rule_facts
from recsys.ranking.rules.registry import rules_version
from recsys.ranking.scoring import Adviser
from recsys.ranking.tally import Tally
from recsys.settings import Settings
from recsys.steps.block_size import customers_per_block
from recsys.steps.context import StepContext
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
        as_of = read_marts_feed(connection, context.run.run_id)["as_of"]
        catalogue = read_catalogue(connection, cooling_off_days=context.settings.cooling_off_days)
        adviser = Adviser(
            bundle.recommender,
            bundle.popularity,
            catalogue,
            as_of,
            context.run.top_n,
            adjustments=_adjustments(context.settings),
        )
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
        write_reasons(connection, publication_id, adviser.reasons)
        decisions = DecisionWriter(connection, publication_id)
        sets = EliminationSets(adviser.catalogue)
        tally = Tally(adviser.catalogue, adviser.top_n, sets)
        for persons, features in _blocks(context, bundle.encoder, as_of, len(adviser.catalogue)):
            facts = build_rule_facts(persons, adviser.catalogue)
            recommended = adviser.recommend(
                bundle.encoder.transform(features), facts, np.asarray(persons["has_profiling_consent"])
            )
            set_ids = sets.number(recommended.mask)
            keys = persons["person_key"].combine_chunks()
            write_block(connection, publication_id, keys, recommended, set_ids, adviser.catalogue)
            decisions.write(persons, features)
            tally.add(recommended, set_ids, facts.segment)
            context.progress(tally.n_persons, None, "persons scored")
        write_elimination_sets(connection, publication_id, sets)
        write_elimination_counts(connection, publication_id, tally.eliminations)
        seal_partitions(connection, publication_id)
        write_tally(connection, publication_id, tally)
        proof: dict[str, JSON] = {**prove_profiling(connection, publication_id, context.settings.on_objection)}
    counts = {"publication_id": publication_id, "persons": tally.n_persons, **tally.counts()}
    return StepResult(tally.n_rows, {**counts, "profiling": proof})


def _adjustments(settings: Settings) -> Adjustments:
    return Adjustments(settings.value_weight, settings.diversity, settings.new_product_share, settings.new_product_days)


def _blocks(
    context: StepContext, encoder: CustomerEncoder, as_of: date, n_products: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rule facts and features of the same persons, block by block, without those whom nothing may be offered to."""
    size = customers_per_block(n_products)
    with context.connect() as facts_reader, context.connect() as features_reader:
        facts = read_rule_facts(facts_reader, as_of, size, on_objection=context.settings.on_objection)
        features = read_feature_blocks(features_reader, as_of, encoder.spending_categories, size, encoder.declared)
        for persons, known in zip(facts, features, strict=True):
            if not persons["person_key"].equals(known["person_key"]):
                raise CheckError(
                    f"marts.dim_customers and marts.feat_customers at {as_of} differ in their persons.",
                    remedy="Build the marts again.",
                )
            is_served = np.asarray(persons["is_suppressed"]) == 0
            yield persons.filter(is_served), known.filter(is_served)
