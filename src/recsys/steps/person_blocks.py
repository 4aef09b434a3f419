"""Persons as scoring reads them: what the rules look at beside what the model looks at, block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from recsys.errors import CheckError
from recsys.features.encoder import CustomerEncoder
from recsys.io.marts import read_feature_blocks
from recsys.io.postgres import Connection
from recsys.io.rule_facts import read_rule_facts
from recsys.settings import Settings
from recsys.steps.block_size import customers_per_block


def read_person_blocks(
    connect: Callable[[], Connection], settings: Settings, encoder: CustomerEncoder, as_of: date, n_products: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Rule facts and features of the same persons, without those whom nothing may be offered to."""
    size = customers_per_block(n_products)
    with connect() as facts_reader, connect() as features_reader:
        facts = read_rule_facts(facts_reader, as_of, size, on_objection=settings.on_objection)
        features = read_feature_blocks(features_reader, as_of, encoder.spending_categories, size, encoder.declared)
        for persons, known in zip(facts, features, strict=True):
            if not persons["person_key"].equals(known["person_key"]):
                raise CheckError(
                    f"marts.dim_customers and marts.feat_customers at {as_of} differ in their persons.",
                    remedy="Build the marts again.",
                )
            is_served = np.asarray(persons["is_suppressed"]) == 0
            yield persons.filter(is_served), known.filter(is_served)
