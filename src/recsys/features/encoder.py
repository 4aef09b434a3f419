"""From rows of `marts.feat_customers` to blocks of numbered features, the same way in training and in scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.errors import ModelError
from recsys.features.attributes import (
    ATTRIBUTES,
    FEATURES_VERSION,
    N_HOLDINGS,
    SHARE_PREFIX,
    Attribute,
    AttributeKind,
    spending_attribute,
)
from recsys.features.block import CustomerBlock
from recsys.features.declared import DeclaredFeature
from recsys.features.purposes import check_purposes
from recsys.features.vocabulary import Vocabulary, fit_vocabulary

N_BANDS = 8
MAX_SPENDING_CATEGORIES = 10
KEY_LENGTH = 36

Batch: TypeAlias = "pa.RecordBatch | pa.Table"


@dataclass(frozen=True)
class CustomerEncoder:
    """Every attribute as one feature out of a fitted few; features are numbered across attributes.

    `vocabularies` holds one for each attribute in the order of the columns of `CustomerBlock.codes`; the last is
    the number of products held. `declared` are the bank's own columns that were asked for, with or without a feature.
    """

    vocabularies: tuple[Vocabulary, ...]
    product_ids: tuple[str, ...]
    declared: tuple[DeclaredFeature, ...] = ()
    version: int = FEATURES_VERSION

    def __post_init__(self) -> None:
        """Refuse a column of the feed contract that is no feature now; the bank's own are taken as `declared` says."""
        own = [feature.name for feature in self.declared]
        check_purposes((vocabulary.attribute.name for vocabulary in self.vocabularies), own)

    @property
    def offsets(self) -> NDArray[np.int32]:
        """Number of the first feature of each attribute, and the number of features, shape (n_attributes + 1,)."""
        return np.cumsum([0, *(len(vocabulary) for vocabulary in self.vocabularies)]).astype(np.int32)

    @property
    def n_features(self) -> int:
        """Number of features over all attributes."""
        return int(self.offsets[-1])

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Every feature by number: `annual_income:40000-55000`."""
        return tuple(
            f"{vocabulary.attribute.name}:{code}" for vocabulary in self.vocabularies for code in vocabulary.names()
        )

    @property
    def thing_names(self) -> tuple[str, ...]:
        """What may be known of a customer, as `Parts.contributions` has it: attributes, then `holds:<product_id>`."""
        attributes = (vocabulary.attribute.name for vocabulary in self.vocabularies)
        return (*attributes, *(f"holds:{product_id}" for product_id in self.product_ids))

    @property
    def spending_categories(self) -> tuple[str, ...]:
        """Spending categories whose shares the encoder needs, for the reader of the marts."""
        names = (vocabulary.attribute.name for vocabulary in self.vocabularies)
        return tuple(name.removeprefix(SHARE_PREFIX) for name in names if name.startswith(SHARE_PREFIX))

    def transform(self, customers: Batch) -> CustomerBlock:
        """Encode rows of `marts.feat_customers`, with `share_365d__<category>` for spending and the bank's own columns.

        Values that were not seen in fitting, and nulls, become -1. Products that were not known in fitting are left
        out of `held`. Of a bank's own column that is missing nothing is known. Raises `ModelError` where another column
        that the encoder was fitted on is missing.
        """
        held = held_products(customers, self.product_ids)
        codes = np.full((customers.num_rows, len(self.vocabularies)), -1, dtype=np.int32)
        lean = np.zeros(codes.shape, dtype=np.float32)
        for column, (vocabulary, offset) in enumerate(zip(self.vocabularies[:-1], self.offsets, strict=False)):
            values = self._column(customers, vocabulary.attribute.name)
            codes[:, column] = _shifted(vocabulary.codes(values), offset)
            lean[:, column] = vocabulary.lean(values)
        block = CustomerBlock(_person_keys(customers.column("person_key")), codes, lean, held)
        return self.with_held(block, held)

    def _column(self, customers: Batch, name: str) -> pa.Array | pa.ChunkedArray:
        if name in customers.schema.names:
            return customers.column(name)
        for feature in self.declared:
            if feature.name == name:
                return pa.nulls(customers.num_rows, arrow_type(feature.attribute.kind))
        raise ModelError(
            f"The model was trained with the feature {name}, which is not in the data.",
            remedy="Train again (--train always) on the features that there are.",
        )

    def with_held(self, customers: CustomerBlock, held: NDArray[np.bool_]) -> CustomerBlock:
        """The same customers holding `held` (n, n_products) instead, with the number of products to match."""
        counts = np.minimum(held.sum(axis=1), N_HOLDINGS.maximum or 0)
        of_count = self.vocabularies[-1].codes(pa.array(np.arange(int(N_HOLDINGS.maximum or 0) + 1)))
        codes = customers.codes.copy()
        codes[:, -1] = _shifted(of_count[counts], self.offsets[-2])
        return replace(customers, codes=codes, held=held)

    def as_strangers(self, customers: CustomerBlock) -> CustomerBlock:
        """The same customers as if they had come today: attributes only, nothing owned, and a key that nobody has."""
        block = self.with_held(customers, np.zeros_like(customers.held))
        return replace(block, person_keys=np.zeros_like(customers.person_keys))


def fit_encoder(
    customers: Batch,
    product_ids: Sequence[str],
    n_bands: int = N_BANDS,
    wanted: Sequence[Attribute] = ATTRIBUTES,
    declared: Sequence[DeclaredFeature] = (),
) -> CustomerEncoder:
    """Fit bands, levels and labels on the customers that are trained on. Products are put into ascending order.

    Of the attributes `wanted`, and of the bank's own columns `declared`, those are fitted that `customers` have. Raises
    `PrivacyError` where one of them, there or not, is made of a column that the feed contract keeps from models.
    """
    check_purposes(attribute.name for attribute in wanted)
    products = tuple(sorted(product_ids))
    names = set(customers.schema.names)
    attributes = [attribute for attribute in wanted if attribute.name in names]
    attributes += [spending_attribute(category) for category in _spending_categories(customers)]
    attributes += [feature.attribute for feature in declared if feature.name in names]
    fitted = [fit_vocabulary(attribute, customers.column(attribute.name), n_bands) for attribute in attributes]
    counts = held_products(customers, products).sum(axis=1)
    # Without one of them a customer is known to hold nothing, which is a level like others.
    held = Vocabulary(
        N_HOLDINGS,
        labels=tuple(str(level) for level in range(int(counts.max(initial=0)) + 1))[: (N_HOLDINGS.maximum or 0) + 1],
    )
    told = (vocabulary for vocabulary in fitted if len(vocabulary) > 0)
    return CustomerEncoder((*told, held), products, tuple(declared))


def arrow_type(kind: AttributeKind) -> pa.DataType:
    """What the values of an attribute are before they are encoded."""
    return pa.string() if kind is AttributeKind.LABEL else pa.float64()


def held_products(customers: Batch, product_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each customer (n) holds each product, shape (n, n_products); other products are left out."""
    held = np.zeros((customers.num_rows, len(product_ids)), dtype=np.bool_)
    lists = customers.column("held_product_ids")
    lists = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    columns = np.asarray(pc.fill_null(pc.index_in(pc.list_flatten(lists), pa.array(product_ids, pa.string())), -1))
    rows = np.asarray(pc.list_parent_indices(lists))
    is_known = columns >= 0
    held[rows[is_known], columns[is_known]] = True
    return held


def _spending_categories(customers: Batch) -> list[str]:
    names = sorted(name for name in customers.schema.names if name.startswith(SHARE_PREFIX))
    means = {name: pc.mean(customers.column(name)).as_py() or 0.0 for name in names}
    largest = sorted(names, key=lambda name: (-means[name], name))[:MAX_SPENDING_CATEGORIES]
    return [name.removeprefix(SHARE_PREFIX) for name in largest]


def _shifted(codes: NDArray[np.int32], offset: np.int32) -> NDArray[np.int32]:
    return np.where(codes >= 0, codes + offset, np.int32(-1)).astype(np.int32)


def _person_keys(keys: pa.Array | pa.ChunkedArray) -> NDArray[np.bytes_]:
    text = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    return np.asarray(pc.cast(text, pa.binary()).to_numpy(zero_copy_only=False), dtype=f"S{KEY_LENGTH}")
