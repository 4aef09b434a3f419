"""A feature is made of columns whose purpose is `feature`, and of no other: checked where features are chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from recsys.errors import PrivacyError
from recsys.features.attributes import SHARE_PREFIX
from recsys.feed.columns import Purpose
from recsys.feed.contract import CUSTOMERS, SURVEYS, TABLE_BY_NAME, TABLES

_MONEY = ("transactions.amount", "transactions.booked_at", "transactions.currency")
_HELD = ("holdings.product_id", "holdings.opened_at", "holdings.closed_at")

# Columns of the feature marts that are worked out, and the columns of the feed that they are worked out from. Every
# other column is the column of customers or surveys of that name, or a bank's own, which goes by `table.column`.
WORKED_OUT: Mapping[str, tuple[str, ...]] = {
    "age_years": ("customers.birth_date",),
    "tenure_days": ("customers.registered_at",),
    "region": ("customers.postcode",),
    "n_holdings": _HELD,
    "held_product_ids": _HELD,
    **dict.fromkeys(("n_transactions_90d", "money_in_90d", "money_out_90d", "savings_rate_90d"), _MONEY),
    **dict.fromkeys(("spend_30d", "spend_90d", "spend_365d"), _MONEY),
    f"{SHARE_PREFIX}*": (*_MONEY, "transactions.category"),
}


def feed_columns(name: str) -> tuple[str, ...]:
    """The `table.column` of the feed that the feature column `name` is made of; empty where nothing says so."""
    if name.partition(".")[0] in TABLE_BY_NAME:
        return (name,)
    worked_out = WORKED_OUT.get(f"{SHARE_PREFIX}*" if name.startswith(SHARE_PREFIX) else name)
    if worked_out is not None:
        return worked_out
    return tuple(f"{table.name}.{name}" for table in (CUSTOMERS, SURVEYS) if name in table.column_names)


def check_purposes(names: Iterable[str], declared: Collection[str] = ()) -> None:
    """Let the columns `names` be seen by a model. `declared` are a bank's own, of which features may be made.

    Raises:
        PrivacyError: one of them is not made of columns that the contract, or the bank's `feed.toml`, gives the purpose
            `feature`.
    """
    for name in names:
        if name in declared and not _is_of_contract(name):
            continue
        for source in _sources(name):
            table, column = source.split(".")
            _check_purpose(name, source, TABLE_BY_NAME[table].column(column).purpose)


def _is_of_contract(name: str) -> bool:
    table, _, column = name.partition(".")
    return table in TABLE_BY_NAME and column in TABLE_BY_NAME[table].column_names


def _sources(name: str) -> tuple[str, ...]:
    if feed_columns(name) == (name,) and not _is_of_contract(name):
        raise PrivacyError(
            f"A model asks for {name}, and no feed declares that as a feature.",
            remedy="A bank's own column gets its purpose in feed.toml.",
        )
    if sources := feed_columns(name):
        return sources
    # A column of another table, which a feature mart does not have under its own name.
    if others := tuple(f"{table.name}.{name}" for table in TABLES if name in table.column_names):
        return others
    raise PrivacyError(
        f"A model asks for {name}, and nothing says which columns of the feed it is made of.",
        remedy="Write it into WORKED_OUT of src/recsys/features/purposes.py.",
    )


def _check_purpose(name: str, source: str, purpose: Purpose) -> None:
    if purpose is not Purpose.FEATURE:
        raise PrivacyError(
            f"A model asks for {name}, but the purpose of {source} is {purpose}: models see columns for features only.",
            remedy="Take it out of the model's attributes. A bank's own column gets its purpose in feed.toml.",
        )
