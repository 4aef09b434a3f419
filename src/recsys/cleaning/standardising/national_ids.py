"""National identity numbers without the separators that people write into them."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_distinct_by_country
from recsys.cleaning.standardising.suspects import byte_set, unlike

_COMPACT = byte_set(string.ascii_uppercase + string.digits)
_SPACES = re.compile(r"\s+")
# The modules of python-stdnum for natural persons, by country. Where a separator carries meaning (the century in
# Finland and Sweden), its `compact` keeps it.
_MODULES: Mapping[str, tuple[str, ...]] = {
    "AT": ("at.vnr",), "BE": ("be.nn", "be.bis"), "BG": ("bg.egn", "bg.pnf"), "CH": ("ch.ssn",), "CZ": ("cz.rc",),
    "DE": ("de.idnr",), "DK": ("dk.cpr",), "EE": ("ee.ik",), "ES": ("es.dni", "es.nie"), "FI": ("fi.hetu",),
    "FR": ("fr.nir", "fr.nif"), "GR": ("gr.amka",), "HR": ("hr.oib",), "IE": ("ie.pps",), "IS": ("is_.kennitala",),
    "IT": ("it.codicefiscale",), "LT": ("lt.asmens",), "LV": ("lv.pk",), "NL": ("nl.bsn",), "NO": ("no.fodselsnummer",),
    "PL": ("pl.pesel",), "PT": ("pt.cc", "pt.nif"), "RO": ("ro.cnp",), "SE": ("se.personnummer",),
    "SI": ("si.emso",), "SK": ("sk.rc",), "TR": ("tr.tckimlik",), "US": ("us.ssn", "us.itin"),
}  # fmt: skip


def standard_national_ids(values: pa.Array, countries: pa.Array | None) -> pa.Array:
    """National ids (n,) in capitals without separators, where the checksum of the row's country holds; others stay."""
    return replace_distinct_by_country(values, countries, unlike(values, _COMPACT), standard_national_id)


def standard_national_id(value: str, country: str | None) -> str:
    """One id of a customer who lives in `country`."""
    text = _SPACES.sub(" ", value).strip()
    if not text.isascii():
        return value
    for is_valid, compact in _validators(country):
        if is_valid(text):
            return str(compact(text)).upper()
    return value


@cache
def _validators(country: str | None) -> tuple[tuple[Callable[[str], bool], Callable[[str], str]], ...]:
    modules: list[Any] = [import_module(f"stdnum.{name}") for name in _MODULES.get(country or "", ())]
    return tuple((module.is_valid, module.compact) for module in modules)
