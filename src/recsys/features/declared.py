"""A bank's own columns, declared in `feed.toml`, as features: which models may read, and what becomes of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from recsys.errors import PrivacyError
from recsys.features.attributes import Attribute, AttributeKind, Unit
from recsys.feed.columns import Column, Kind, Privacy, Purpose
from recsys.feed.contract import CUSTOMERS, PRODUCTS, SURVEYS
from recsys.feed.manifest import Manifest

# Rows of these say something of a customer as known at a date.
_OF_CUSTOMERS = (CUSTOMERS.name, SURVEYS.name)
_OF_PRODUCTS = PRODUCTS.name
# The tables of which own columns may become features.
FEATURE_TABLES = (*_OF_CUSTOMERS, _OF_PRODUCTS)
# A longer text is no category.
MAX_LENGTH = 100
# A whole number with declared limits this close is a scale: each value counts by itself.
_MAX_SCALE = 10
# Beyond it two amounts are no longer told apart, and a sum of many overflows.
_LARGEST = 1e18

_NUMBER = r"^-?[0-9]{1,19}(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_UNITS: Mapping[Kind, Unit] = {Kind.MONEY: "money", Kind.DATE: "days ago", Kind.TIMESTAMP: "days ago"}


@dataclass(frozen=True, slots=True)
class DeclaredFeature:
    """One column that a bank declared with the purpose `feature`.

    `label` is what customers are told that it is; empty: they are not told of it. `is_scale`: a whole number of which
    each value counts by itself.
    """

    table: str
    column: str
    kind: Kind
    label: str
    is_scale: bool = False

    @property
    def name(self) -> str:
        """Its name among the features, which no column of the contract has: `customers.saving_habit`."""
        return f"{self.table}.{self.column}"

    @property
    def is_of_customers(self) -> bool:
        """Whether it says something of a customer; otherwise it does of a product."""
        return self.table in _OF_CUSTOMERS

    @property
    def attribute(self) -> Attribute:
        """How its values become features: numbers and days as bands, all else as labels."""
        is_flag = self.kind is Kind.BOOLEAN
        if is_flag or self.kind is Kind.TEXT or self.is_scale:
            return Attribute(self.name, AttributeKind.LABEL, pools_rare=not is_flag, label=self.label, is_flag=is_flag)
        return Attribute(self.name, AttributeKind.BAND, _UNITS.get(self.kind, ""), label=self.label)


def declared_feature(table: str, column: Column) -> DeclaredFeature:
    """The feature that `column` of a table becomes. Raises `PrivacyError` where no model may read it."""
    why = "its purpose is " + column.purpose if column.purpose is not Purpose.FEATURE else why_unread(table, column)
    if why is not None:
        raise PrivacyError(
            f"{table}.{column.name} is no feature: {why}.", remedy="What becomes a feature is said in docs/feed.md."
        )
    is_scale = column.kind is Kind.INTEGER and _is_narrow(column)
    return DeclaredFeature(table, column.name, column.kind, _label(column), is_scale)


def declared_features(manifest: Manifest) -> tuple[DeclaredFeature, ...]:
    """The extra columns of a feed that become features, in the order in which they are declared."""
    return tuple(
        declared_feature(table, column)
        for table, column in _meant_as_features(manifest)
        if why_unread(table, column) is None
    )


def unread_columns(manifest: Manifest) -> dict[str, str]:
    """The extra columns whose purpose is `feature` and that become none, as `table.column`, with the reason."""
    found = ((f"{table}.{column.name}", why_unread(table, column)) for table, column in _meant_as_features(manifest))
    return {name: why for name, why in found if why is not None}


def why_unread(table: str, column: Column) -> str | None:
    """Why no model reads a column that was declared as a feature; None where models do."""
    if column.privacy not in (Privacy.KEEP, Privacy.REDACT):
        return f"of class {column.privacy} nothing passes that says something of a customer"
    if table not in FEATURE_TABLES:
        return f"no feature is made of own columns of {table}"
    if column.kind is Kind.TEXT_LIST:
        return "a list is no category"
    if table == _OF_PRODUCTS and column.kind not in (Kind.TEXT, Kind.BOOLEAN):
        return f"of products only text and boolean are read, and it is {column.kind}"
    return None


def of_customers(features: Iterable[DeclaredFeature]) -> tuple[DeclaredFeature, ...]:
    """Those that say something of a customer."""
    return tuple(feature for feature in features if feature.is_of_customers)


def values_of(feature: DeclaredFeature, texts: pa.Array, day: date) -> pa.Array:
    """Values (n,) of a column, as `raw` holds them in JSON, as texts or doubles; null where there is none to be read.

    A day becomes the number of days until the feature date `day`; one after it was not known then and is null.
    """
    words = _words(texts)
    if feature.kind is Kind.TEXT:
        return words
    if feature.kind is Kind.BOOLEAN:
        places = pc.index_in(pc.utf8_lower(words), pa.array(["false", "true"]))
        return pa.array(["no", "yes"]).take(places)
    if feature.kind in (Kind.DATE, Kind.TIMESTAMP):
        return _days_before(words, day)
    numbers = _numbers(words)
    return pc.cast(pc.cast(numbers, pa.int64(), safe=False), pa.string()) if feature.is_scale else numbers


def product_labels(extras: Iterable[Mapping[str, object] | None]) -> tuple[tuple[str, ...], ...]:
    """Labels of each product, such as `products.brand:Gold`, from the `extras` of its row: texts and flags.

    A value that one product has alone would say no more than which product it is.
    """
    found = [[f"{name}:{word}" for name, word in _said(one or {}).items()] for one in extras]
    counts = Counter(label for labels in found for label in labels)
    return tuple(tuple(label for label in labels if counts[label] > 1) for labels in found)


def _said(extras: Mapping[str, object]) -> dict[str, str]:
    flags = {name: "yes" if value else "no" for name, value in extras.items() if isinstance(value, bool)}
    texts = {name: value for name, value in extras.items() if isinstance(value, str)}
    words = zip(texts, _words(pa.array(texts.values(), pa.string())).to_pylist(), strict=True)
    return flags | {name: word for name, word in words if word is not None}


def _meant_as_features(manifest: Manifest) -> Iterable[tuple[str, Column]]:
    for table, columns in manifest.extra_columns.items():
        yield from ((table, column) for column in columns if column.purpose is Purpose.FEATURE)


def _is_narrow(column: Column) -> bool:
    low, high = column.minimum, column.maximum
    return low is not None and high is not None and 0 <= low <= high <= low + _MAX_SCALE


def _label(column: Column) -> str:
    return " ".join((column.label or "").split())


def _words(texts: pa.Array) -> pa.Array:
    words = pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, r"\s+", " "))
    lengths = pc.utf8_length(words)
    return _where(pc.and_(pc.greater(lengths, 0), pc.less_equal(lengths, MAX_LENGTH)), words)


def _numbers(words: pa.Array) -> pa.Array:
    numbers = pc.cast(_where(pc.match_substring_regex(words, _NUMBER), words), pa.float64())
    return _where(pc.less_equal(pc.abs(numbers), _LARGEST), numbers)


def _days_before(words: pa.Array, day: date) -> pa.Array:
    texts = _where(pc.match_substring_regex(words, _DAY), pc.utf8_slice_codeunits(words, 0, 10))
    days = pc.cast(pc.strptime(texts, format="%Y-%m-%d", unit="s", error_is_null=True), pa.date32())
    today = pa.scalar((day - date(1970, 1, 1)).days, pa.int32())
    today = pa.scalar((day - date(1970, 1, 1)).days, pa.int32())
    passed = pc.cast(pc.subtract(today, pc.cast(days, pa.int32())), pa.float64())
    return _where(pc.greater_equal(passed, 0), passed)


def _where(is_kept: pa.Array, values: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(is_kept, fill_value=False), values, pa.scalar(None, values.type))
