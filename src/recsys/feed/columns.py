"""What a column and a table of a feed are: how values are written, what happens to them, what they may be used for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a value is written in a feed and what it becomes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"  # a double
    MONEY = "money"  # an amount in the feed's currency, two decimals
    DATE = "date"  # ISO 8601, YYYY-MM-DD
    TIMESTAMP = "timestamp"  # ISO 8601, a date alone counts as midnight; without an offset it is UTC
    BOOLEAN = "boolean"  # true/false, 1/0, yes/no
    TEXT_LIST = "text list"  # values separated by "|" (a list column in Parquet and JSON Lines)


class Privacy(StrEnum):
    """What `anonymise_feed` does with a column."""

    KEEP = "keep"  # passes as it is
    PSEUDONYMISE = "pseudonymise"  # becomes a keyed HMAC, stored as uuid
    GENERALISE = "generalise"  # becomes a coarser value
    REDACT = "redact"  # free text: personal values become tags
    ENCRYPT = "encrypt"  # goes encrypted to `identity`, never to `raw`
    DROP = "drop"  # is checked, then forgotten


class Purpose(StrEnum):
    """What a column may be used for."""

    FEATURE = "feature"  # a model may see it, and permission rules may too
    RULE = "rule"  # a permission rule may see it
    AUDIT = "audit"  # fairness and quality reports may see it
    CONTACT = "contact"  # reaching the customer, after the decision


class Standard(StrEnum):
    """How `ingest_feed` writes the values of a text column before it checks them."""

    TEXT = "text"  # encoding, Unicode NFC, invisible characters, whitespace; case and spelling stay
    NAME = "name"  # of a person: order, capitals, apostrophes
    ADDRESS = "address"  # a street or a town: capitals
    POSTCODE = "postcode"  # as the post of the row's country writes it
    COUNTRY = "country"  # ISO 3166 alpha-2
    EMAIL = "email"  # bare, the domain in small letters
    PHONE = "phone"  # ITU-T E.164, by the row's country
    NATIONAL_ID = "national id"  # compact, where the checksum of the row's country holds
    IBAN = "iban"  # ISO 13616, compact, where the checksum holds
    CURRENCY = "currency"  # ISO 4217
    DATE = "date"  # ISO 8601


class Clustering(StrEnum):
    """Where spellings of one value are found and, once accepted, made one."""

    STAGING = "staging"  # in `raw` and dbt's staging: a decision works on all of history
    INSIDE = "inside"  # before the privacy boundary, as rows land: nothing of the column passes it


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a feed table.

    `minimum` and `maximum` are inclusive. `references` names the `table.column` where the value must exist.
    `raw_name` is the column's name in `raw`, None where nothing of it passes the privacy boundary.
    `not_future` refuses dates after the feed's `as_of`. `standard` None: values are taken as they are. `clustered`
    says that people type the values of a category, so that spellings of one value are looked for, and where.
    `is_quasi_identifier`: others may know it, and together with others it could lead back to a person. `is_sensitive`:
    what nobody should learn of a person from those. `label` is what customers are told that a bank's own column is.
    """

    name: str
    kind: Kind
    privacy: Privacy
    purpose: Purpose
    description: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    references: str | None = None
    not_future: bool = False
    max_length: int = 200
    clustered: Clustering | None = None
    raw_name: str | None = None
    standard: Standard | None = None
    is_quasi_identifier: bool = False
    is_sensitive: bool = False
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a feed. `key` holds the columns that identify a row (an empty value is a value of its own)."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False

    def column(self, name: str) -> Column:
        """The column called `name`. Raises `KeyError` where the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def entity_key(self) -> tuple[str, ...]:
        """The key without `valid_from`: what identifies the thing itself, whatever has been true of it."""
        return tuple(name for name in self.key if name != "valid_from")

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all declared columns, in contract order."""
        return tuple(column.name for column in self.columns)


def standard_of(kind: Kind) -> Standard | None:
    """The standard of columns of a kind that have none of their own."""
    return Standard.DATE if kind is Kind.DATE else None
