"""What every MLflow run of a training is tagged with: which data, which split, which rules, which code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from recsys.evaluation.splits import Split
from recsys.features.declared import DeclaredFeature
from recsys.features.storage import feature_schema
from recsys.io.code_version import code_version
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.rules.registry import rules_version
from recsys.steps.training.contest import Contest
from recsys.steps.training.fitting import PROTOCOLS


def origin_tags(split: Split, declared: Iterable[DeclaredFeature], catalogue: Catalogue) -> dict[str, str]:
    """What is known when a training begins, while the code is what it was: also the split's own description."""
    return {
        "split": json.dumps(split.to_json()),
        "split_id": split.name,
        "rules_version": rules_version(catalogue),
        "code_version": code_version(),
        "feature_schema": feature_schema(declared),
        "protocol": ", ".join(PROTOCOLS),
    }


def tested_id(contest: Contest) -> str:
    """Twelve hex digits of who was tested, in order: consents, and keys of another version, change who is who.

    The keys go into a one-way sum of all of them together, from which none can be told.
    """
    digest = hashlib.sha256()
    for keys in contest.customers:
        digest.update(keys.tobytes())
    return digest.hexdigest()[:12]
