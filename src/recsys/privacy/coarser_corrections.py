"""What a corrected value of a customer changes in `raw`, where only coarser values may stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from recsys.feed.columns import Column, Privacy
from recsys.privacy.generalising import birth_years, regions


@dataclass(frozen=True, slots=True)
class RawChange:
    """Rows of a customer whose `raw_name` holds `disputed` are to hold `corrected`."""

    raw_name: str
    disputed: str | None = field(repr=False)
    corrected: str | None = field(repr=False)


def raw_changes(
    column: Column, disputed: str | None, corrected: str, country: str | None, postcode: str | None
) -> list[RawChange]:
    """What follows in `raw.customers` from a corrected value of a customer with this `country` and `postcode`.

    Sealed columns change nothing there; a postcode and a country change the region that they make together.
    """
    if column.privacy is Privacy.ENCRYPT:
        return []
    if column.name == "birth_date":
        return [RawChange(str(column.raw_name), _birth_year(disputed), _birth_year(corrected))]
    if column.name == "postcode":
        return [RawChange(str(column.raw_name), _region(disputed, country), _region(corrected, country))]
    changes = [RawChange(str(column.raw_name), disputed, corrected)]
    if column.name == "country" and postcode is not None:
        changes.append(RawChange("region", _region(postcode, disputed), _region(postcode, corrected)))
    return changes


def _birth_year(day: str | None) -> str | None:
    parsed = None if day is None else date.fromisoformat(day)
    year = birth_years(pa.array([parsed], pa.date32()))[0].as_py()
    return None if year is None else str(year)


def _region(postcode: str | None, country: str | None) -> str | None:
    found: str | None = regions(pa.array([postcode], pa.string()), pa.array([country], pa.string()))[0].as_py()
    return found
