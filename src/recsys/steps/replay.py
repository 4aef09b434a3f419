"""Replay: publish history aside, as of one day after another, and judge it by what customers did next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from recsys.errors import ModelError
from recsys.evaluation.replayed import Replayed, replayed_folds
from recsys.io.marts import read_products
from recsys.io.postgres import open_database
from recsys.io.registry import Champion, Unreadable, open_registry
from recsys.io.replay_copy import replay_copy
from recsys.io.rule_facts import read_catalogue
from recsys.io.studies import prepare_studies
from recsys.io.tracking import prepare_store
from recsys.ranking.rules.registry import rules_version
from recsys.settings import Settings
from recsys.steps.replayed_day import keep_outcomes, replay_day
from recsys.types import Progress, no_progress


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What is to be replayed. `with_contest`: train and promote at every date, as a run of that day would have; without
    it the recipe of today's champion is fitted anew at each.
    """

    first: date
    last: date
    every_days: int
    top_n: int
    with_contest: bool = False
    keep: bool = False

    @property
    def manner(self) -> str:
        """What happened to the model at every date."""
        return "trained" if self.with_contest else "refitted"


@dataclass(frozen=True)
class ReplayResult:
    """What came of it. `kinds` are the models that would have served, by date; `n_undated` holdings have no date of
    their own, and count as held on all dates. The recipe was chosen on data until `chosen_until`; None where every
    date had a contest of its own.
    """

    request: ReplayRequest
    days: tuple[Replayed, ...]
    kinds: tuple[str, ...]
    product_names: dict[str, str]
    feed_fingerprint: str
    rules_version: str
    n_undated: int
    chosen_until: date | None


def replay(
    settings: Settings,
    request: ReplayRequest,
    each_day: Callable[[Replayed], None] = lambda _: None,
    progress: Progress = no_progress,
) -> ReplayResult:
    """Replay the installation's history. What readers, analysts and the next run see stays as it is.

    Raises `RunError` where there is nothing that could be replayed, `ModelError` where there is no champion whose
    recipe could be fitted, and what the steps raise.
    """
    champion = None if request.with_contest else _champion(settings)
    recipe = None if champion is None else champion.bundle.recipe
    with replay_copy(settings, keep=request.keep, progress=progress) as copied:
        folds = replayed_folds(request.first, request.last, request.every_days, copied.feed["as_of"])
        if recipe is None:
            prepare_store(copied.settings, copied.database)
            prepare_studies(copied.settings, copied.database)
        n_undated = keep_outcomes(copied, folds[-1].end, progress)
        days, kinds = [], []
        for number, fold in enumerate(folds):
            progress(number, len(folds), "dates")
            day, kind = replay_day(copied, fold, request.top_n, recipe, progress)
            days.append(day)
            kinds.append(kind)
            each_day(day)
        with copied.database.connect("publisher") as connection:
            products = read_products(connection)
            catalogue = read_catalogue(connection, cooling_off_days=copied.settings.cooling_off_days)
    names = dict(zip(products.ids, products.names, strict=True))
    chosen_until = None if champion is None else date.fromisoformat(champion.tags["as_of"])
    fingerprint = copied.feed["fingerprint"]
    rules = rules_version(catalogue)
    return ReplayResult(request, tuple(days), tuple(kinds), names, fingerprint, rules, n_undated, chosen_until)


def _champion(settings: Settings) -> Champion:
    champion = open_registry(settings, open_database(settings)).find_champion()
    if champion is None:
        raise ModelError(
            "There is no champion whose recipe could be replayed.",
            remedy="Replay with --train, which holds the contest at every date, or run the pipeline first.",
        )
    if isinstance(champion, Unreadable):
        raise champion.error
    return champion
