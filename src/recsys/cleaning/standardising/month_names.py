"""Names of months in many languages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from babel import Locale

from recsys.cleaning.standardising.folding import folded, unambiguous
from recsys.cleaning.standardising.languages import LANGUAGES

# Not CLDR's abbreviations, but in use.
_ALSO = {"sept": 9, "jänner": 1, "feber": 2, "mrz": 3, "okt": 10, "dez": 12}


def month_of(name: str) -> int | None:
    """The month (1-12) that `name` means in one of the known languages, None where two disagree or none knows it."""
    code = _by_name().get(folded(name))
    return None if code is None else int(code)


@cache
def _by_name() -> dict[str, str]:
    return unambiguous(_names())


def _names() -> Iterator[tuple[str, str]]:
    for name, month in _ALSO.items():
        yield name, str(month)
    for language in LANGUAGES:
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in Locale.parse(language).months[use][width].items():
                    if not name[:1].isdecimal():
                        yield name, str(month)
