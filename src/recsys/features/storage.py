"""A fitted encoder as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from recsys.errors import ModelError
from recsys.features.attributes import ATTRIBUTES, FEATURES_VERSION, N_HOLDINGS, Attribute, AttributeKind
from recsys.features.declared import DeclaredFeature
from recsys.features.encoder import CustomerEncoder
from recsys.features.vocabulary import Vocabulary
from recsys.feed.columns import Kind
from recsys.types import JSON


def program_schema() -> str:
    """Fingerprint of what this version of the program knows about customers; a model with another is trained anew."""
    return feature_schema(())


def feature_schema(declared: Iterable[DeclaredFeature]) -> str:
    """Fingerprint of what a training of this version reads of customers, with the bank's own columns `declared`."""
    own = sorted((feature.attribute for feature in declared), key=lambda attribute: attribute.name)
    attributes = (*ATTRIBUTES, N_HOLDINGS, *own)
    known = [FEATURES_VERSION, *(asdict(attribute) for attribute in attributes)]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def encoder_to_json(encoder: CustomerEncoder) -> dict[str, JSON]:
    """Everything that `encoder_of` needs, without any value of a single customer."""
    vocabularies: list[JSON] = [
        {
            "attribute": asdict(fitted.attribute),
            "edges": list(fitted.edges),
            "ends": list(fitted.ends),
            "labels": list(fitted.labels),
            "has_rest": fitted.has_rest,
        }
        for fitted in encoder.vocabularies
    ]
    return {
        "version": encoder.version,
        "product_ids": list(encoder.product_ids),
        "vocabularies": vocabularies,
        "declared": [asdict(feature) for feature in encoder.declared],
    }


def encoder_of(stored: dict[str, Any]) -> CustomerEncoder:
    """The encoder that `encoder_to_json` wrote. Raises `ModelError` where another version wrote it."""
    if stored["version"] != FEATURES_VERSION:
        raise ModelError(
            f"The model's features are of version {stored['version']}, this program's are of {FEATURES_VERSION}.",
            remedy="Train again with --train always.",
        )
    vocabularies = tuple(_vocabulary_of(one) for one in stored["vocabularies"])
    declared = tuple(DeclaredFeature(**{**one, "kind": Kind(one["kind"])}) for one in stored["declared"])
    return CustomerEncoder(vocabularies, tuple(stored["product_ids"]), declared, stored["version"])


def _vocabulary_of(stored: dict[str, Any]) -> Vocabulary:
    return Vocabulary(
        _attribute_of(stored["attribute"]),
        tuple(stored["edges"]),
        tuple(stored["labels"]),
        tuple(stored["ends"]),
        stored["has_rest"],
    )


def _attribute_of(stored: dict[str, Any]) -> Attribute:
    return Attribute(**{**stored, "kind": AttributeKind(stored["kind"])})
