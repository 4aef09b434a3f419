"""The model card of a version: written from what training noted and the settings in force, and anew with a decision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import version as installed_version
from itertools import pairwise
from typing import Any

import numpy as np

from recsys.errors import ModelError, NotFoundError
from recsys.evaluation.bootstrap import Interval
from recsys.evaluation.gate import FLOOR, Rankings
from recsys.evaluation.slices import SMALLEST_SLICE
from recsys.explanation.needs import is_ever_told
from recsys.explanation.reason import reasons_of
from recsys.explanation.wording import is_told
from recsys.features.encoder import CustomerEncoder
from recsys.features.purposes import feed_columns
from recsys.feed.columns import Purpose
from recsys.governance.card_facts import (
    CardFacts,
    CardFeature,
    CardFold,
    CardImportance,
    CardParity,
    CardResult,
    CardSlice,
    CardThreshold,
    Estimate,
)
from recsys.governance.decisions import ModelDecision
from recsys.governance.version_history import VersionHistory, history_of
from recsys.io.model_cards import read_card_facts, write_card
from recsys.io.registry import Registry, Version
from recsys.models.candidates import candidate_of
from recsys.settings import Settings
from recsys.steps.training.gate_facts import GateFacts
from recsys.steps.training.refitting import Refit
from recsys.types import JSON

# Watched for as long as a model serves.
_WATCHED = (
    "max_mix_shift", "max_coverage_drop", "max_churn", "max_persons_drop", "promotion_margin", "max_slice_loss",
    "min_model_coverage", "max_calibration_error", "min_exposure_parity", "min_precision_parity",
    "max_training_age_days", "valid_days",
)  # fmt: skip
_FOLD_COUNTS = (
    "n_customers", "n_training_openings", "n_tested_customers", "n_test_openings", "n_persons", "n_not_profiled",
)  # fmt: skip


def card_facts(
    settings: Settings,
    trained: dict[str, JSON],
    feed: dict[str, Any],
    fitted: Refit,
    version: int,
    judged: GateFacts,
    name: str,
) -> CardFacts:
    """The facts of a version that was just registered: contestant `name` of the training that was `judged`.

    `trained` are the details of `train_models`, `feed` its feed.
    """
    bundle = fitted.bundle
    return CardFacts(
        version=version,
        kind=bundle.recipe.kind,
        bank=str(feed["name"]),
        as_of=str(trained["as_of"]),
        recipe=bundle.recipe.to_json(),
        about=(
            ("Feed", f"{feed['name']}, run {feed['run_id']}, history of {feed['history']}"),
            ("Data fingerprint", str(trained["data_fingerprint"])),
            ("Legal basis of profiling", str(feed["legal_basis"])),
            ("Training in MLflow", str(trained["mlflow_run_id"])),
            ("Why it was trained", str(trained["due"])),
            ("Fitted on", fitted.fitted_on),
            ("Feature schema", bundle.feature_schema),
            ("Program", f"recsys {installed_version('recsys')}"),
        ),
        n_products=len(bundle.encoder.product_ids),
        folds=tuple(_fold(one) for one in _listed(trained["folds"])),
        features=_features(bundle.encoder) if candidate_of(bundle.recipe).reads_features else (),
        results=(*_results("warm", judged.rankings), *_results("cold", judged.cold)),
        thresholds=tuple(
            CardThreshold(name, _set(getattr(settings, name)), str(Settings.model_fields[name].description))
            for name in _WATCHED
        ),
        decisions=(),
        chosen_because=judged.choice.reason,
        leaks=judged.leaks,
        segments=_segments(judged, name),
        parity=_parity(judged, name, settings),
        importance=_importance(trained) if name == trained["challenger"] else (),
        importance_note=_importance_note(trained, name),
        contestant=name,
        smallest_group=SMALLEST_SLICE,
    )


def renew_cards(registry: Registry, decisions: Sequence[ModelDecision]) -> None:
    """Write the cards anew of all versions for which the last of all `decisions` changed something."""
    for version in registry.list_versions():
        number = int(version.version)
        history = history_of(number, decisions)
        if history != history_of(number, decisions[:-1]):
            _renew(registry, version, history)


def read_renewed_facts(registry: Registry, version: Version, decisions: Sequence[ModelDecision]) -> CardFacts:
    """The facts of a version's card with what `decisions` say of it. Raises as `read_card_facts`."""
    facts = read_card_facts(registry.tracking, version.run_id)
    return _with_history(facts, history_of(int(version.version), decisions))


def _renew(registry: Registry, version: Version, history: VersionHistory) -> None:
    try:
        facts = read_card_facts(registry.tracking, version.run_id)
    except (NotFoundError, ModelError):
        # Without a card, or with one of another version of the program: it stays, and the decision is made anyhow.
        return
    write_card(registry.tracking, version.run_id, _with_history(facts, history))


def _with_history(facts: CardFacts, history: VersionHistory) -> CardFacts:
    return facts.with_decisions(history.status, history.approved_by, history.decisions)


def _fold(described: dict[str, Any]) -> CardFold:
    # A training from before persons were counted is promoted all the same.
    counts = {name: int(described.get(name, 0)) for name in _FOLD_COUNTS}
    return CardFold(str(described.get("role", "judges")), str(described["origin"]), str(described["end"]), **counts)


def _features(encoder: CustomerEncoder) -> tuple[CardFeature, ...]:
    # The words of products and amounts do not matter for whether they are told of some product.
    may_tell = [is_told(reason) and is_ever_told(reason) for reason in reasons_of(encoder, encoder.product_ids, "")]
    return tuple(
        CardFeature(
            fitted.attribute.name,
            feed_columns(fitted.attribute.name) or (f"customers.{fitted.attribute.name}",),
            Purpose.FEATURE.value,
            f"{len(fitted)} {fitted.attribute.kind}s, of which customers are told {sum(may_tell[start:end])}",
        )
        for fitted, (start, end) in zip(encoder.vocabularies, pairwise(encoder.offsets), strict=True)
    )


def _results(protocol: str, rankings: Rankings) -> tuple[CardResult, ...]:
    if FLOOR not in rankings.ndcg:
        return ()
    return tuple(
        CardResult(
            name,
            protocol,
            _estimate(rankings.resampling.mean(ndcg)),
            None if name == FLOOR else _estimate(rankings.difference(name, FLOOR)),
        )
        for name, ndcg in rankings.ndcg.items()
    )


def _segments(judged: GateFacts, name: str) -> tuple[CardSlice, ...]:
    """The groups of customers that are large enough to be shown."""
    rankings = judged.rankings
    if name not in rankings.ndcg:
        return ()
    slices = []
    for slice_name, is_in in judged.slices.items():
        by, _, group = slice_name.partition("=")
        mean = rankings.resampling.mean(np.where(is_in, rankings.ndcg[name], np.nan))
        gain = None if name == FLOOR else _estimate(rankings.difference(name, FLOOR, is_in))
        slices.append(CardSlice(by, group, int(is_in.sum()), _estimate(mean), gain))
    return tuple(slices)


def _parity(judged: GateFacts, name: str, settings: Settings) -> tuple[CardParity, ...]:
    conduct = judged.conduct.get(name)
    if conduct is None:
        return ()
    measures = (
        ("exposure", conduct.exposure_parity, settings.min_exposure_parity),
        ("precision", conduct.precision_parity, settings.min_precision_parity),
    )
    return tuple(
        CardParity(attribute, measure, value, limit)
        for measure, by_attribute, limit in measures
        for attribute, value in by_attribute.items()
        if math.isfinite(value)
    )


def _set(value: object) -> str:
    return "not enforced" if value is None else str(value)


def _importance(trained: dict[str, Any]) -> tuple[CardImportance, ...]:
    words = {"permuted": "", "hidden": ", not shown", "left out": ", fitted again without"}
    return tuple(
        CardImportance(one["taken"] + words[one["way"]], Estimate(one["mean"], one["lower"], one["upper"]))
        for one in trained.get("importance", [])
    )


def _importance_note(trained: dict[str, Any], name: str) -> str:
    challenger = trained["challenger"]
    if name == challenger or not trained.get("importance"):
        return ""
    return (
        f"Measured for the challenger {challenger} of this training, not for this version's recipe: see "
        f"`importance.csv` in MLflow, run {trained['mlflow_run_id']}."
    )


def _estimate(interval: Interval) -> Estimate:
    return Estimate(interval.mean, interval.lower, interval.upper)


def _listed(value: JSON) -> Sequence[dict[str, Any]]:
    assert isinstance(value, list)
    return [one for one in value if isinstance(one, dict)]
