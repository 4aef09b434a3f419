"""A corrected value of a customer, held to the feed contract like a delivered one."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from recsys.cleaning.rows import RawBatch
from recsys.cleaning.validation import TableValidator
from recsys.errors import ContractError
from recsys.feed.contract import CUSTOMERS, Column, Kind, Privacy


def correctable_columns() -> tuple[Column, ...]:
    """Columns of `customers` that stand in `raw` as they were delivered, and are no free text.

    What is sealed, coarsened or may name somebody is corrected in its source: the next load brings it.
    """
    return tuple(
        column
        for column in CUSTOMERS.columns
        if column.privacy is Privacy.KEEP
        and column.raw_name == column.name
        and column.name not in CUSTOMERS.key
        and (column.kind is not Kind.TEXT or column.choices or column.standard)
    )


def checked_value(setting: str, latest: date) -> tuple[str, str]:
    """Column and value of `customers.COLUMN=VALUE`, the value as it is written in `raw`.

    Raises:
        ContractError: it is not of that form, the column cannot be corrected, or the value breaks its contract.
    """
    name, sign, text = setting.partition("=")
    name = name.strip().removeprefix(f"{CUSTOMERS.name}.")
    known = {column.name: column for column in correctable_columns()}
    if not sign or name not in known:
        raise ContractError(
            "This is no value that can be corrected here.",
            remedy=f"Say customers.COLUMN=VALUE with one of {', '.join(known)}; anything else is corrected in its "
            "source, and the next load brings it.",
        )
    columns = {"customer_id": pa.array(["rectified"]), name: pa.array([text.strip()])}
    validator = TableValidator(CUSTOMERS, (), file="the correction", latest=latest, known={})
    checked = validator.check(RawBatch(np.array([1], dtype=np.int64), columns))
    if checked.rejects:
        reject = checked.rejects[0]
        raise ContractError(
            f"The value of {name} breaks the feed contract: {reject.reason}.", remedy="See docs/feed.md."
        )
    value = checked.kept[name].cast(pa.string())[0].as_py()
    if value is None:
        raise ContractError(f"No value of {name} was given.", remedy="Say customers.COLUMN=VALUE.")
    return name, str(value)
