"""Specifications as pictures: by a library in this process, which asks no network for anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class NumberMarks:
    """What numbers are written with on axes: before decimals, and between thousands."""

    decimal: str
    thousands: str


def as_svg(specification: Mapping[str, Any], marks: NumberMarks) -> str:
    """The picture of a Vega-Lite specification."""
    import vl_convert

    # An empty list of addresses: a specification that names one is refused.
    locale = {"decimal": marks.decimal, "thousands": marks.thousands, "grouping": [3], "currency": ["", ""]}
    return vl_convert.vegalite_to_svg(dict(specification), format_locale=locale, allowed_base_urls=[])
