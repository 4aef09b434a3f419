"""A fitted encoder as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from recsys.errors import ModelError
from recsys.features.attributes import ATTRIBUTES, FEATURES_VERSION, N_HOLDINGS, Attribute, AttributeKind
from recsys.features.encoder import CustomerEncoder
from recsys.features.vocabulary import Vocabulary
from recsys.types import JSON


def feature_schema() -> str:
    """Fingerprint of what this version of the program knows about customers; a model with another is trained anew."""
    declared = [FEATURES_VERSION, *(asdict(attribute) for attribute in (*ATTRIBUTES, N_HOLDINGS))]
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:16]


def encoder_to_json(encoder: CustomerEncoder) -> dict[str, JSON]:
    """Everything that `encoder_of` needs, without any value of a single customer."""
    vocabularies: list[JSON] = [
        {
            "attribute": asdict(fitted.attribute),
            "edges": list(fitted.edges),
            "ends": list(fitted.ends),
            "labels": list(fitted.labels),
        }
        for fitted in encoder.vocabularies
    ]
    return {"version": encoder.version, "product_ids": list(encoder.product_ids), "vocabularies": vocabularies}


def encoder_of(stored: dict[str, Any]) -> CustomerEncoder:
    """The encoder that `encoder_to_json` wrote. Raises `ModelError` where another version wrote it."""
    if stored["version"] != FEATURES_VERSION:
        raise ModelError(
            f"The model's features are of version {stored['version']}, this program's are of {FEATURES_VERSION}.",
            remedy="Train again with --train always.",
        )
    vocabularies = tuple(
        Vocabulary(_attribute_of(one["attribute"]), tuple(one["edges"]), tuple(one["labels"]), tuple(one["ends"]))
        for one in stored["vocabularies"]
    )
    return CustomerEncoder(vocabularies, tuple(stored["product_ids"]), stored["version"])


def _attribute_of(stored: dict[str, Any]) -> Attribute:
    return Attribute(**{**stored, "kind": AttributeKind(stored["kind"])})
