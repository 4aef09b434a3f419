"""One date of a replay: the same steps as a run of that day, in the replay's own database, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import compress

from recsys.evaluation.acceptance import Offer, Taken, offer_of
from recsys.evaluation.replayed import Replayed
from recsys.evaluation.splits import Fold, is_on_sale
from recsys.io.marts import read_products
from recsys.io.publications import read_publication
from recsys.io.registry import load_champion
from recsys.io.replay_copy import ReplayCopy, write_replayed_feed
from recsys.io.replay_filling import renew_refusals
from recsys.io.replay_outcomes import count_newcomers_openings, keep_openings, read_taken
from recsys.io.replay_views import show_day
from recsys.models.bundle import Bundle
from recsys.models.recipe import Recipe
from recsys.steps.context import StepContext
from recsys.steps.registry import find_step
from recsys.steps.runner import run_step, start_run
from recsys.steps.score_customers import build_publication
from recsys.steps.training.refitting import refit
from recsys.types import Progress, Run


def keep_outcomes(copied: ReplayCopy, until: date, progress: Progress) -> int:
    """Let dbt say once who opened what, up to `until`, and keep it; returns how many holdings have no date."""
    run = _begin(copied, f"replay-until-{until}", until, top_n=1)
    run_step("build_marts", run.run_id, copied.settings, progress)
    with copied.database.connect("admin") as connection:
        return keep_openings(connection)


def replay_day(
    copied: ReplayCopy, fold: Fold, top_n: int, recipe: Recipe | None, progress: Progress
) -> tuple[Replayed, str]:
    """The day at which `fold` begins, and the kind of model that would have served: `recipe` fitted on what was known,
    or whatever the contest made champion.
    """
    renew_refusals(copied.live, copied.database)
    run = _begin(copied, f"replay-{fold.origin}", fold.origin, top_n)
    for step in ("build_marts", "check_marts"):
        run_step(step, run.run_id, copied.settings, progress)
    bundle = _fit(copied, run, fold.origin, recipe, progress)
    context = _context(copied, run, "score_customers", progress)
    # One after the other: a run has one publication, and a new one takes the place of the last.
    n_persons, taken, model = _publish(context, fold, bundle)
    _, _, popularity = _publish(context, fold, replace(bundle, recommender=bundle.popularity))
    with context.connect() as connection:
        n_by_newcomers = count_newcomers_openings(connection, fold)
    n_permitted = int(taken.is_permitted.sum())
    return Replayed(fold, n_persons, n_permitted, n_by_newcomers, model, popularity), bundle.recipe.kind


def _begin(copied: ReplayCopy, run_id: str, day: date, top_n: int) -> Run:
    """A run as of `day`, of the feed as it was known then."""
    with copied.database.connect("admin") as connection:
        show_day(connection, day)
    run = Run(run_id, copied.feed["location"], day, top_n, "auto")
    start_run(run, copied.settings)
    write_replayed_feed(copied, run_id, day)
    return run


def _fit(copied: ReplayCopy, run: Run, day: date, recipe: Recipe | None, progress: Progress) -> Bundle:
    if recipe is not None:
        context = _context(copied, run, "promote_model", progress)
        return refit(context, recipe, day).bundle
    for step in ("train_models", "promote_model"):
        run_step(step, run.run_id, copied.settings, progress)
    return load_champion(copied.settings).bundle


def _publish(context: StepContext, fold: Fold, bundle: Bundle) -> tuple[int, Taken, Offer]:
    """Publish aside: the persons who were ranked, what they took next, and the publication's figures."""
    build_publication(context, bundle, "replay")
    with context.connect() as connection:
        publication = read_publication(connection, context.run.run_id)
        taken = read_taken(connection, publication["publication_id"], fold)
        products = read_products(connection)
    is_sold = is_on_sale(products.launched, products.withdrawn, fold.origin)
    offer = offer_of(
        bundle.recommender.name,
        taken,
        publication["counts"]["rows_by_product"],
        frozenset(compress(products.ids, is_sold)),
        context.run.top_n,
    )
    return publication["n_persons"], taken, offer


def _context(copied: ReplayCopy, run: Run, step: str, progress: Progress) -> StepContext:
    """What the step is given, for what it calls."""
    return StepContext(run, copied.settings, copied.database, find_step(step).role, progress)
